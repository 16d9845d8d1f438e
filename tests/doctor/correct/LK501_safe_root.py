"""A root that stays away from 0, and a masked one whose input is masked first."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(8, 5)
model = nn.Linear(5, 2)
y = model(x).detach()
torch.sqrt(F.mse_loss(model(x), y) + 1e-8).backward()
z = model(x)
squared = ((z[:, None] - z[None]) ** 2).sum(-1)
off = ~torch.eye(8, dtype=torch.bool)
distance = torch.where(off, torch.where(off, squared, 1.0).sqrt(), 0.0)
distance.mean().backward()
