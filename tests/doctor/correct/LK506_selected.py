"""What counts is selected before the arithmetic, and ignore_index."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
y[::3] = -1


def loss(pred, target):
    mask = target != -1
    return (pred[mask] - target[mask]).square().mean()


lk.diagnose(nn.Linear(5, 1), loss, (x, y), mute=["LK404"])
lk.diagnose(nn.Linear(5, 4), nn.CrossEntropyLoss(ignore_index=-1), (x, (3 * torch.rand(32)).long() - 1), mute=["LK404"])
