"""losskit's cross-entropy on several labels a row."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), (torch.rand(32, 3) < 0.6).float()
loss = lk.to_torch(lk.cross_entropy())
loss(nn.Linear(5, 3)(x), y).backward()  # LK303
