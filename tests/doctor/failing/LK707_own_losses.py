import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randn(64, 1)
loss = lk.squared_error() + 1e-5 * lk.absolute_error()
lk.diagnose(nn.Linear(5, 1), lk.to_torch(loss), (x, y))  # LK707
