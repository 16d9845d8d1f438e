"""Class weights in batches of one: summed, or by hand; and in batches of several classes."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(24, 5), torch.arange(24) % 3
model, weight = nn.Linear(5, 3), torch.tensor([1.0, 2.0, 10.0])
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for rows in torch.arange(24).split(1):
    a, b = model(x[rows]), y[rows]
    loss = F.cross_entropy(a, b, weight=weight, reduction="sum") + (weight[b] * F.cross_entropy(a, b)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
for rows in torch.arange(24).split(4):
    F.cross_entropy(model(x[rows]), y[rows], weight=weight).backward()
