"""A transformer with encoder and decoder, teacher forcing, smoothed labels, padding left out."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
source, target = torch.randint(2, 20, (4, 7)), torch.randint(2, 20, (4, 9))
target[1, 6:] = 0
embed, head = nn.Embedding(20, 16, padding_idx=0), nn.Linear(16, 20)
model = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)
optimizer = torch.optim.Adam([*embed.parameters(), *model.parameters(), *head.parameters()])
mask = nn.Transformer.generate_square_subsequent_mask(8)
for _ in range(3):
    given, wanted = target[:, :-1], target[:, 1:]
    scores = head(model(embed(source), embed(given), tgt_mask=mask, tgt_is_causal=True))
    loss = F.cross_entropy(scores.reshape(-1, 20), wanted.reshape(-1), ignore_index=0, label_smoothing=0.1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
