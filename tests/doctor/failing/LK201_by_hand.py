"""The squared error written out."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 5)
y = x[:, 0]
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    prediction = model(x)
    residual = y - prediction  # LK201
    loss = (residual**2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
