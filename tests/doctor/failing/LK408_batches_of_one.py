"""One sample a step, and class weights for the rare class."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(12, 5), torch.arange(12) % 3
model = nn.Linear(5, 3)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 10.0]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for row, label in zip(x, y, strict=True):
    loss = criterion(model(row)[None], label[None])  # LK408
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
