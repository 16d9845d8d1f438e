"""Ordered classes: cumulative logits with learned cut points, and CORAL's binary tasks against rank > k."""

import torch
import torch.nn.functional as F
from torch import nn


class Ordinal(nn.Module):
    def __init__(self, features, ranks):
        super().__init__()
        self.score = nn.Linear(features, 1, bias=False)
        self.cuts = nn.Parameter(torch.arange(ranks - 1).float() - (ranks - 2) / 2)

    def forward(self, x):
        return self.score(x) - self.cuts


torch.manual_seed(0)
x, rank = torch.randn(48, 5), torch.randint(0, 4, (48,))
model = Ordinal(5, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(3):
    logits = model(x)
    coral = F.binary_cross_entropy_with_logits(logits, (rank[:, None] > torch.arange(3)).float())
    above = torch.cat([torch.ones(48, 1), logits.sigmoid(), torch.zeros(48, 1)], 1)
    p = (above[:, :-1] - above[:, 1:]).clamp_min(1e-6)
    loss = coral + F.nll_loss(p.log(), rank)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
