"""A softmax layer ends the model, and cross-entropy applies another."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = criterion(model(x), y)  # LK101
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
