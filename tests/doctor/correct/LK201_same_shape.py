"""Shapes that agree, and a single number as the target of all."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(0)
x = torch.randn(32, 5)
y = x[:, 0]
model = nn.Linear(5, 1)
F.mse_loss(model(x).squeeze(1), y).backward()
F.mse_loss(model(x), torch.tensor(1.0)).backward()
F.poisson_nll_loss(model(x), torch.poisson(torch.ones(32, 1))).backward()
mean, log_variance = nn.Linear(5, 2)(x).unbind(dim=1)
F.gaussian_nll_loss(mean, y, log_variance.exp()).backward()
