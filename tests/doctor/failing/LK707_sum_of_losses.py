import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randn(64, 1)


def loss(pred, target):
    return F.mse_loss(pred, target) + 1e-5 * F.l1_loss(pred, target)


lk.diagnose(nn.Linear(5, 1), loss, (x, y))  # LK707
