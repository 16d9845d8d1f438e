import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(16, 5), torch.randn(16)
y[5:] = torch.nan


def loss(pred, target):
    kept = target.isfinite()
    return (pred.squeeze(1)[kept] - target[kept]).square().sum() / kept.sum().clamp(min=1)


lk.diagnose(nn.Linear(5, 1), loss, (x, y))  # LK404
