import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), 1_000 * torch.randn(64, 1)
lk.diagnose(nn.Linear(5, 1), lambda p, t: (p - t).abs().mean(), (x, y))  # LK705
