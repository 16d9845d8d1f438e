"""Probabilities, with log_target=True."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 5)
target = torch.randn(64, 3).softmax(dim=1)
model = nn.Sequential(nn.Linear(5, 3), nn.LogSoftmax(dim=1))
nn.KLDivLoss(reduction="batchmean", log_target=True)(model(x), target).backward()  # LK304
