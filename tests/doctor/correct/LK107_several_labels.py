"""Several labels a row: a sigmoid each, and binary cross-entropy on probabilities."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64, 4)).float()
model = nn.Sequential(nn.Linear(5, 4), nn.Sigmoid())
nn.BCELoss()(model(x), y).backward()
nn.MultiLabelSoftMarginLoss()(nn.Linear(5, 4)(x), y).backward()
