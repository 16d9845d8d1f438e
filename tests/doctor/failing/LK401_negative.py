"""log(negatives / positives) is not a weight."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 5), (torch.rand(200) < 0.8).float()
model = nn.Linear(5, 1)
pos_weight = torch.log((1 - y).sum() / y.sum())
nn.BCEWithLogitsLoss(pos_weight=pos_weight)(model(x).squeeze(1), y).backward()  # LK401
