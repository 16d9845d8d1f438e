import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), (torch.rand(32, 1) < 0.5).float()


def loss(p, target):
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


lk.diagnose(nn.Sequential(nn.Linear(5, 1), nn.Sigmoid()), loss, (x, y))  # LK504
