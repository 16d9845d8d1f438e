"""The root of a mean squared error that reaches 0."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 5)
model = nn.Linear(5, 1)
y = model(x).detach()
criterion = nn.MSELoss()
loss = torch.sqrt(criterion(model(x), y))  # LK501
loss.backward()
