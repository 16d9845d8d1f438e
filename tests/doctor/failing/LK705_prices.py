import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), 200_000 + 50_000 * torch.randn(64, 1)
lk.diagnose(nn.Linear(5, 1), nn.MSELoss(), (x, y))  # LK705
