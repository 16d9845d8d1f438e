"""Rare positives weigh more; and a mild weight for a class that is not rare."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(400, 5), (torch.rand(400) < 0.1).float()
model = nn.Linear(5, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=(1 - y).sum() / y.sum())
for batch in torch.arange(400).split(40):
    criterion(model(x[batch]).squeeze(1), y[batch]).backward()
nn.BCEWithLogitsLoss(pos_weight=torch.tensor(0.8))(model(x).squeeze(1), (x[:, 0] > 0).float()).backward()
