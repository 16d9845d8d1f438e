"""Evidence from a ReLU for a Dirichlet, whose mean is scored; quantile regression of returns over all pairs."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model, values, frozen = nn.Linear(5, 3), nn.Linear(5, 8), nn.Linear(5, 8).requires_grad_(False)
optimizer = torch.optim.Adam([*model.parameters(), *values.parameters()])
levels = (torch.arange(8) + 0.5) / 8
for _ in range(3):
    x, y, reward = torch.randn(16, 5), torch.randint(0, 3, (16,)), torch.randn(16, 1)
    alpha = F.relu(model(x)) + 1
    total, rows = alpha.sum(1, keepdim=True), F.one_hot(y, 3).float()
    p = alpha / total
    evidence = (rows * (total.digamma() - alpha.digamma())).sum(1).mean()
    loss = evidence + F.mse_loss(p, rows) + F.nll_loss(p.log(), y)
    guess, target = values(x)[:, :, None], (reward + 0.9 * frozen(x))[:, None, :]
    below = (target - guess.detach() < 0).float()
    pairs = F.huber_loss(guess.expand(-1, -1, 8), target.expand(-1, 8, -1), reduction="none")
    loss = loss + ((levels[None, :, None] - below).abs() * pairs).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
