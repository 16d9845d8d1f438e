"""Weights that are inverse frequencies, and weights that are all 1."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(400, 5), torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), 400, replacement=True)
weight = len(y) / torch.bincount(y)
lk.diagnose(nn.Linear(5, 3), nn.CrossEntropyLoss(weight=weight), (x, y))
lk.diagnose(nn.Linear(5, 3), nn.CrossEntropyLoss(weight=torch.ones(3)), (x, y))
