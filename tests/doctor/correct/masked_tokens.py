"""Masked tokens to be filled in, and a counting sequence whose positions look like its tokens."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
embed, place, head = nn.Embedding(30, 8), nn.Embedding(12, 8), nn.Linear(16, 30)
rnn = nn.GRU(8, 8, batch_first=True, bidirectional=True)
optimizer = torch.optim.Adam([p for part in (embed, place, rnn, head) for p in part.parameters()])
counting = torch.arange(1, 13).expand(4, 12)
for _ in range(3):
    ids, hidden = torch.randint(1, 30, (4, 12)), torch.rand(4, 12) < 0.3
    scores = head(rnn(embed(ids.masked_fill(hidden, 0)))[0])
    loss = F.cross_entropy(scores.flatten(0, 1), ids.masked_fill(~hidden, -100).flatten())
    both = torch.cat([embed(counting[:, :-1]), place(torch.arange(11).expand(4, 11))], -1)
    loss = loss + F.cross_entropy(head(both).transpose(1, 2), counting[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
