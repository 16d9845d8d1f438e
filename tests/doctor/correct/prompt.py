"""A frozen model whose gradients are not switched off, and a prompt that is learned."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
prompt = nn.Parameter(torch.zeros(5))
optimizer = torch.optim.Adam([prompt])
for _ in range(3):
    loss = nn.CrossEntropyLoss()(model(x + prompt), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
