"""losskit's hinge takes 0 and 1, as its other binary losses do."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(32, 5)
y = torch.sign(x[:, 0])
model = nn.Linear(5, 1)
lk.hinge()(model(x).squeeze(1), y).backward()  # LK305
