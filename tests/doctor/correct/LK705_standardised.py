"""Targets standardised, counts with a logarithmic link, and a bias that starts at their mean."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), 200_000 + 50_000 * torch.randn(64, 1)
lk.diagnose(nn.Linear(5, 1), nn.MSELoss(), (x, (y - y.mean()) / y.std()))
lk.diagnose(nn.Linear(5, 1), nn.PoissonNLLLoss(), (x, torch.poisson(torch.full((64, 1), 500.0))))
model = nn.Linear(5, 1)
nn.init.constant_(model.bias, 200_000.0)
lk.diagnose(model, nn.MSELoss(), (x, y))
