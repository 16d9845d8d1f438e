"""negatives / positives."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 5), (torch.rand(200, 3) < torch.tensor([0.1, 0.5, 0.8])).float()
model = nn.Linear(5, 3)
pos_weight = (1 - y).sum(0) / y.sum(0)
nn.BCEWithLogitsLoss(pos_weight=pos_weight)(model(x), y).backward()
