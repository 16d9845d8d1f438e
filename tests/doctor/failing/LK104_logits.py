"""nll_loss on what a linear layer gives: the loss falls below 0."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.NLLLoss()
for _ in range(3):
    loss = criterion(model(x), y)  # LK104
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
