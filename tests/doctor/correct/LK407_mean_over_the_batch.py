"""A sum over outputs and a mean over the batch."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 3)


def loss(pred, target):
    return (pred - target).square().sum(1).mean()


lk.diagnose(nn.Linear(5, 3), loss, (x, y))
