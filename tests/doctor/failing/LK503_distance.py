import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 2)


def loss(pred, target):
    return (pred - target).square().sum(1).sqrt().mean()


lk.diagnose(nn.Linear(5, 2), loss, (x, y))  # LK503
