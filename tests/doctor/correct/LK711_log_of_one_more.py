"""Logarithms of 1 more."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(64, 5)
y = x.sum(1, keepdim=True).exp()
model = nn.Sequential(nn.Linear(5, 1), nn.ReLU())
watch = lk.watch()


def loss(pred, target):
    return (pred.log1p() - target.log1p()).square().mean()


value = loss(model(x), y)
watch.step(value)
