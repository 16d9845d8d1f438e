"""Batches without a target whose NaN is looked at: passed over, replaced by 0, and left out of a mean."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(4):
    x, y = torch.randn(8, 5), torch.randint(0, 3, (8,))
    y[step:] = -100
    loss = F.cross_entropy(model(x), y)
    if step == 0 and loss.isnan():
        continue
    loss = loss + torch.nan_to_num(F.cross_entropy(model(x), torch.full((8,), -100)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    mean = torch.stack([F.cross_entropy(model(x), y), F.cross_entropy(model(x), y.fill_(-100))]).nanmean()
