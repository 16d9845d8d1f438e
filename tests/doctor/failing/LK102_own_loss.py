"""losskit's binary cross-entropy takes raw scores."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64,)).float()
model = nn.Linear(5, 1)
lk.binary_cross_entropy()(model(x).sigmoid()[:, 0], y).backward()  # LK102
