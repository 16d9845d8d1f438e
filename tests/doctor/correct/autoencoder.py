"""Sigmoid at the end, and a squared error; a denoising one whose output is a ReLU, for data above 0."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(32, 12)
model = nn.Sequential(nn.Linear(12, 4), nn.ReLU(), nn.Linear(4, 12), nn.Sigmoid())
positive = nn.Sequential(nn.Linear(12, 4), nn.ReLU(), nn.Linear(4, 12), nn.ReLU())
optimizer = torch.optim.Adam([*model.parameters(), *positive.parameters()])
for _ in range(3):
    loss = nn.MSELoss()(model(x), x) + nn.L1Loss()(positive(x + 0.1 * torch.randn_like(x)), 5 * x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
