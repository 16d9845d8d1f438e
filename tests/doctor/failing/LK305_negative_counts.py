"""A loss for counts, on differences of counts."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32)
model = nn.Linear(5, 1)
lk.to_torch(lk.poisson())(model(x).squeeze(1), y).backward()  # LK305
