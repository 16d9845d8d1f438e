"""Targets of -1 and 1 for binary cross-entropy."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 5)
y = torch.sign(x[:, 0])
model = nn.Linear(5, 1)
nn.BCEWithLogitsLoss()(model(x).squeeze(1), y).backward()  # LK302
