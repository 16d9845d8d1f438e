"""Logarithms of sigmoids in one step, and PyTorch's loss on probabilities, which clamps its logarithm."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), (torch.rand(32, 1) < 0.5).float()
lk.diagnose(nn.Sequential(nn.Linear(5, 1), nn.Sigmoid()), F.binary_cross_entropy, (x, y))
lk.diagnose(nn.Linear(5, 1), lambda z, t: -(t * F.logsigmoid(z) + (1 - t) * F.logsigmoid(-z)).mean(), (x, y))
