import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
lk.diagnose(nn.Linear(5, 1), lambda p, t: F.mse_loss(p, t).sqrt(), (x, y))  # LK503
