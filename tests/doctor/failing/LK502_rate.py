"""A rate of exp(12) too."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(8, 5), torch.full((8, 1), 3.0).half()
model = nn.Linear(5, 1)
nn.init.constant_(model.bias, 12.0)
F.poisson_nll_loss(model(x).half(), y).backward()  # LK502
