"""Logits for the loss, the sigmoid for the decision."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64,)).float()
model = nn.Linear(5, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(1.2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    logits = model(x).squeeze(1)
    loss = criterion(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(((logits.sigmoid() > 0.5) == y.bool()).float().mean())
