import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randn(64, 1)
lk.diagnose(nn.Linear(5, 1), lk.to_torch(lk.huber(delta=1e-3)), (x, y))  # LK706
