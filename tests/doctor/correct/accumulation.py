"""Gradient accumulation with uneven masks, done right: sums over the count of the whole batch."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(0, 10, (8, 6))
labels = torch.where(torch.rand(8, 6) < 0.5, tokens, -100)
model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
count = (labels != -100).sum()
for rows in torch.arange(8).split(2):
    total = F.cross_entropy(model(tokens[rows]).flatten(0, 1), labels[rows].flatten(), reduction="sum")
    (total / count).backward()
optimizer.step()
