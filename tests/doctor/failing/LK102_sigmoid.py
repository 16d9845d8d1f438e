"""The sigmoid is applied by the model and by the loss."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64,)).float()
model = nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())
criterion = nn.BCEWithLogitsLoss()
criterion(model(x).squeeze(1), y).backward()  # LK102
