"""positives / negatives instead of negatives / positives."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(400, 5), (torch.rand(400) < 0.1).float()
model = nn.Linear(5, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=y.sum() / (1 - y).sum())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for batch in torch.arange(400).split(40):
    loss = criterion(model(x[batch]).squeeze(1), y[batch])  # LK402
    loss.backward()
    optimizer.step()
