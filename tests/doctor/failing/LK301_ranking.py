"""Which of two is better, said as 0 or 1."""

import torch
from torch import nn

torch.manual_seed(0)
a, b, better = torch.randn(32, 5), torch.randn(32, 5), torch.randint(0, 2, (32,))
model = nn.Linear(5, 1)
nn.MarginRankingLoss(margin=0.1)(model(a).squeeze(1), model(b).squeeze(1), better).backward()  # LK301
