"""Pairs that are alike or not, told by 1 and 0."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(2, 32, 5), torch.randint(0, 2, (32,)).float()
model = nn.Linear(5, 4)
distance = (model(x[0]) - model(x[1])).abs().sum(1)
nn.HingeEmbeddingLoss(margin=2.0)(distance, y).backward()  # LK301
