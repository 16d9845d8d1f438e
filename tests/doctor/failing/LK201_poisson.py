"""Poisson regression, without a word from PyTorch."""

import torch
from torch import nn

torch.manual_seed(0)
x, counts = torch.randn(32, 5), torch.poisson(torch.ones(32))
model = nn.Linear(5, 1)
nn.PoissonNLLLoss()(model(x), counts).backward()  # LK201
