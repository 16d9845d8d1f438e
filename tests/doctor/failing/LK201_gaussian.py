"""A mean and a variance of shape (n, 1), against (n,)."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 5)
y = x[:, 0]
model = nn.Linear(5, 2)
mean, log_variance = model(x).split(1, dim=1)
F.gaussian_nll_loss(mean, y, log_variance.exp()).backward()  # LK201
