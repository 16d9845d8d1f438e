"""Targets of -1 and 1 in the module of losskit's binary cross-entropy, whose targets are 0 and 1."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), 2.0 * torch.randint(0, 2, (32, 1)) - 1
criterion = lk.to_torch(lk.binary_cross_entropy())
criterion(nn.Linear(5, 1)(x), y).backward()  # LK305
