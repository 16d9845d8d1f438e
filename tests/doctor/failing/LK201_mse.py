"""(n, 1) against (n,): PyTorch warns, and goes on."""

import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(0)
x = torch.randn(32, 5)
y = x[:, 0]
model = nn.Linear(5, 1)
nn.MSELoss()(model(x), y).backward()  # LK201
