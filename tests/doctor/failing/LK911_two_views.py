import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(16, 5)
model = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8))


def loss(a, b):
    a, b = nn.functional.normalize(a, dim=1), nn.functional.normalize(b, dim=1)
    both = torch.cat([a, b])
    own = torch.eye(len(both), dtype=torch.bool)
    rest = (both @ both.T / 0.5).exp().masked_fill(own, 0).sum(1)
    positive = (a * b).sum(1).exp().repeat(2)
    return -(positive / rest).log().mean()


lk.diagnose(model, loss, (x, torch.randn(16, 8)))  # LK911
