"""The last layer is followed by a ReLU, as the others are."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.ReLU())
nn.CrossEntropyLoss()(model(x), y).backward()  # LK106
