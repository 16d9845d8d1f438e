"""Two terms of a like size, and a penalty on weights."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randn(64, 1)
model = nn.Linear(5, 1)
lk.diagnose(model, lk.to_torch(lk.squared_error() + 0.1 * lk.absolute_error()), (x, y))
lk.diagnose(model, lambda p, t: F.mse_loss(p, t) + 1e-4 * F.mse_loss(model.weight, torch.zeros(1, 5)), (x, y))
