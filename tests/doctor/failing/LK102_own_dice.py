"""losskit's Dice takes raw scores: a mask for each channel, and the sigmoid is its own."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, mask = torch.randn(4, 1, 8, 8), torch.randint(0, 2, (4, 1, 8, 8)).float()
model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Sigmoid())
lk.to_torch(lk.dice())(model(x), mask).backward()  # LK102
