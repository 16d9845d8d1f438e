"""Padding's habit in a classifier that has no padding: class 0 is never learnt."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
criterion = nn.CrossEntropyLoss(ignore_index=0)
criterion(model(x), y).backward()  # LK602
