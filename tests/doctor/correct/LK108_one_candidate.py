"""In-batch contrast whose last batch is a single pair, and a choice among candidates, of which there may be one."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
a, b = torch.randn(9, 5), torch.randn(9, 5)
left, right, score = nn.Linear(5, 4), nn.Linear(5, 4), nn.Linear(5, 1)
optimizer = torch.optim.Adam([*left.parameters(), *right.parameters(), *score.parameters()])
for rows in torch.arange(9).split(4):
    similarity = F.normalize(left(a[rows])) @ F.normalize(right(b[rows])).T / 0.1
    choice = F.cross_entropy(score(a[rows]).T, torch.zeros(1, dtype=torch.long))
    loss = F.cross_entropy(similarity, torch.arange(len(rows))) + choice
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
