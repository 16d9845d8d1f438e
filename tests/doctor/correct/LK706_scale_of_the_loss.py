"""A delta of the targets' size, and a beta of 0, which is the absolute error."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), 10 * torch.randn(64, 1)
lk.diagnose(nn.Linear(5, 1), nn.HuberLoss(delta=10.0), (x, y))
lk.diagnose(nn.Linear(5, 1), nn.SmoothL1Loss(beta=0.0), (x, y))
