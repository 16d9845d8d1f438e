"""Scores masked with -inf: classes that a row may not choose, and a pointer over a list of varying length."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 5)
allowed = torch.rand(32, 6) < 0.7
y = torch.randint(0, 6, (32,))
allowed[torch.arange(32), y] = True
model = nn.Linear(5, 6)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    scores = model(x).masked_fill(~allowed, float("-inf"))
    log_p = torch.where(allowed, F.log_softmax(scores, -1), torch.zeros(()))
    entropy = -(log_p.exp() * log_p * allowed).sum(1).mean()
    loss = F.cross_entropy(scores, y) + F.nll_loss(F.log_softmax(scores, 1), y) - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
