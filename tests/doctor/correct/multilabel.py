"""Several labels a row: soft-margin, an asymmetric loss by hand, and a jaccard over sigmoid outputs."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 5), (torch.rand(40, 6) < 0.2).float()
model = nn.Linear(5, 6)
weight = (1 - y).sum(0) / y.sum(0)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    z = model(x)
    p = z.sigmoid()
    negative = (1 - p + 0.05).clamp(max=1)
    asymmetric = -(y * p.clamp(min=1e-8).log() + (1 - y) * negative.log() * (1 - negative) ** 4).mean()
    jaccard = 1 - (p * y).sum() / (p + y - p * y).sum()
    loss = F.multilabel_soft_margin_loss(z, y) + F.binary_cross_entropy_with_logits(z, y, pos_weight=weight)
    loss = loss + asymmetric + jaccard
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
