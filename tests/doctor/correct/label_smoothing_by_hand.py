"""Smoothed labels three ways: written out over log_softmax, as soft targets, and by KL to the smoothed row."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 4, (32,))
model = nn.Sequential(nn.Linear(5, 16), nn.GELU(), nn.Linear(16, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
smooth = 0.1
for _ in range(3):
    log_p = F.log_softmax(model(x), dim=-1)
    nll = -log_p.gather(1, y[:, None]).squeeze(1)
    by_hand = ((1 - smooth) * nll - smooth * log_p.mean(-1)).mean()
    soft = torch.full((32, 4), smooth / 4).scatter_(1, y[:, None], 1 - smooth + smooth / 4)
    as_targets = F.cross_entropy(model(x), soft)
    divergence = nn.KLDivLoss(reduction="batchmean")(F.log_softmax(model(x), 1), soft)
    optimizer.zero_grad()
    (by_hand + as_targets + divergence).backward()
    optimizer.step()
