"""A norm, whose gradient at 0 is 0 in PyTorch, and a root kept off 0."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 2)


def loss(pred, target):
    return torch.linalg.vector_norm(pred - target, dim=1).mean()


lk.diagnose(nn.Linear(5, 2), loss, (x, y))
lk.diagnose(nn.Linear(5, 2), lambda p, t: ((p - t).square() + 1e-12).sqrt().mean(), (x, y))
