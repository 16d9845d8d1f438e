"""A loss with a scale of its own; the optimizer knows of the model only."""

import torch
from torch import nn


class LaplaceLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def forward(self, prediction, target):
        return ((prediction - target).abs() * torch.exp(-self.log_scale) + self.log_scale).mean()


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model, criterion = nn.Linear(5, 1), LaplaceLoss()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = criterion(model(x), y)  # LK701
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
