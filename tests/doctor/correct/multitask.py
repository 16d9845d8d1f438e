"""Several terms, of which one is switched off for now by a factor of 0, and one is only shown."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y, z = torch.randn(32, 5), torch.randn(32, 1), torch.randint(0, 2, (32, 1)).float()
body, first, second = nn.Linear(5, 8), nn.Linear(8, 1), nn.Linear(8, 1)
parameters = [*body.parameters(), *first.parameters(), *second.parameters()]
log_variances = nn.Parameter(torch.zeros(2))
optimizer = torch.optim.Adam([*parameters, log_variances])
for _ in range(3):
    hidden = body(x).relu()
    losses = torch.stack([F.mse_loss(first(hidden), y), F.binary_cross_entropy_with_logits(second(hidden), z)])
    loss = (losses * torch.exp(-log_variances) + log_variances).sum() + 0.0 * F.l1_loss(first(hidden), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    shown = F.mse_loss(first(hidden).detach(), y) + F.l1_loss(first(hidden).detach(), y)
