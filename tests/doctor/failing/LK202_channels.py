"""Three channels against a grey picture, without a word from PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(2, 1, 8, 8), torch.poisson(torch.ones(2, 1, 8, 8))
model = nn.Conv2d(1, 3, 3, padding=1)
F.poisson_nll_loss(model(x), y).backward()  # LK202
