"""Regression with (n, 1) everywhere, a standardised target, weights by row, and a quantile loss by hand."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y, w = torch.randn(70, 5), 3 + 2 * torch.randn(70, 1), torch.rand(70, 1)
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
quantile = nn.Linear(5, 1)
optimizer = torch.optim.AdamW([*model.parameters(), *quantile.parameters()])
loader = DataLoader(TensorDataset(x, (y - y.mean()) / y.std(), w), batch_size=16)  # the last has 6 rows
for a, b, c in loader:
    p = model(a)
    weighted = (c * (p - b) ** 2).sum() / c.sum()
    r = b - quantile(a)
    pinball = torch.maximum(0.9 * r, -0.1 * r).mean()
    loss = weighted + F.smooth_l1_loss(p, b) + F.huber_loss(p, b, delta=2.0) + torch.sqrt(F.mse_loss(p, b)) + pinball
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
