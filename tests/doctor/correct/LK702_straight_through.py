"""Rounding with a straight-through gradient, and predicted classes for the report only."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Linear(5, 3)
scores = model(x)
rounded = scores + (scores.round() - scores).detach()
wrong = F.l1_loss(scores.argmax(dim=1).float(), y.float())
loss = F.cross_entropy(scores, y) + F.mse_loss(rounded, F.one_hot(y, 3).float())
loss.backward()
print(f"{loss.item():.3f} {(wrong / 2).item():.3f}")
