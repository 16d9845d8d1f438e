import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
lk.diagnose(nn.Linear(5, 1), nn.MSELoss(reduction="sum"), (x, y))  # LK407
