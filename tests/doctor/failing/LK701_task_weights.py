"""Weights of two tasks as free parameters."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y, z = torch.randn(32, 5), torch.randn(32, 1), torch.randint(0, 2, (32, 1)).float()
model = nn.Linear(5, 2)
log_variances = nn.Parameter(torch.zeros(2))
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    first, second = model(x).split(1, dim=1)
    losses = torch.stack([F.mse_loss(first, y), F.binary_cross_entropy_with_logits(second, z)])
    loss = (losses * torch.exp(-log_variances) + log_variances).sum()
    optimizer.zero_grad()
    loss.backward()  # LK701
    optimizer.step()
