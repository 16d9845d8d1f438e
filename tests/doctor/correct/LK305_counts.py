"""losskit's losses on what they take: counts, 0 and 1, class ids of which some are left out."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(32, 5)
model = nn.Linear(5, 4)
scores = model(x)
ids = torch.where(x[:, 0] > 1, -100, torch.randint(0, 4, (32,)))
loss = lk.poisson()(scores[:, 0], torch.poisson(torch.ones(32)))
loss = loss + lk.hinge()(scores[:, 1], (x[:, 0] > 0).float())
loss = loss + lk.to_torch(lk.cross_entropy(ignore_index=-100))(scores, ids)
(loss + (lk.huber() + 0.5 * lk.absolute_error())(scores[:, 2], x[:, 1])).backward()
