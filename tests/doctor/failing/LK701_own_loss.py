"""losskit's learned delta."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model, criterion = nn.Linear(5, 1), lk.to_torch(lk.huber(), learn="delta")
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = criterion(model(x), y)  # LK701
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
