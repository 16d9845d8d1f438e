"""A language model: scores at each place against the token that follows, padding left out."""

import torch
import torch.nn.functional as F
from torch import nn


class Model(nn.Module):
    def __init__(self, words=20, size=8):
        super().__init__()
        self.embed = nn.Embedding(words, size)
        self.position = nn.Parameter(torch.zeros(10, size))
        self.layer = nn.TransformerEncoderLayer(size, 2, 16, batch_first=True)
        self.head = nn.Linear(size, words, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens, labels=None):
        length = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        scores = self.head(self.layer(self.embed(tokens) + self.position[:length], src_mask=mask))
        if labels is None:
            return scores
        return scores, F.cross_entropy(
            scores[:, :-1].reshape(-1, scores.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=0
        )


torch.manual_seed(0)
tokens = torch.randint(1, 20, (4, 10))
tokens[:, 8:] = 0
model = Model()
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(3):
    _, loss = model(tokens, tokens)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
