"""A loss on -1 and 1 with 0 and 1."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 2, (32, 1)).float()
model = nn.Linear(5, 1)
nn.SoftMarginLoss()(model(x), y).backward()  # LK301
