"""Noise predicted from a noisy picture, weighted by the step."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(16, 1, 8, 8)
model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.SiLU(), nn.Conv2d(8, 1, 3, padding=1))
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(3):
    kept = torch.rand(16, 1, 1, 1)
    noise = torch.randn_like(x)
    noisy = kept.sqrt() * x + (1 - kept).sqrt() * noise
    loss = (F.mse_loss(model(noisy), noise, reduction="none").mean((1, 2, 3)) / (1 + kept.flatten())).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
