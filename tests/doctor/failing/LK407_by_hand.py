import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)


def loss(pred, target):
    return torch.log(torch.cosh(pred - target)).sum()


lk.diagnose(nn.Linear(5, 1), loss, (x, y))  # LK407
