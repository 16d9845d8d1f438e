"""A sigmoid for several classes of which one is right."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 3), nn.Sigmoid())
nn.CrossEntropyLoss()(model(x), y).backward()  # LK107
