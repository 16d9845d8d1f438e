"""Padding token 0 in a sequence, background 0 in pictures: ignored on purpose."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(1, 10, (4, 6))
tokens[:, 4:] = 0
embed, rnn, out = nn.Embedding(10, 8, padding_idx=0), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 10)
hidden, _ = rnn(embed(tokens))
F.cross_entropy(out(hidden[:, :-1]).transpose(1, 2), tokens[:, 1:], ignore_index=0).backward()
hidden, _ = rnn(embed(tokens))
F.cross_entropy(out(hidden[:, :-1].reshape(-1, 8)), tokens[:, 1:].reshape(-1), ignore_index=0).backward()
x, y = torch.randn(2, 1, 8, 8), torch.randint(0, 4, (2, 8, 8))
F.cross_entropy(nn.Conv2d(1, 4, 3, padding=1)(x), y, ignore_index=0).backward()
features = torch.randn(4, 6, 5)
y = torch.randint(0, 3, (4, 6))
F.cross_entropy(nn.Linear(5, 3)(features.view(-1, 5)), y.view(-1), ignore_index=-1).backward()
