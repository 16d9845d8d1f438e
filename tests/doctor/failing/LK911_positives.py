import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(16, 5)
model = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8))


def loss(a, b):
    a, b = nn.functional.normalize(a, dim=1), nn.functional.normalize(b, dim=1)
    scores = a @ b.T
    positive = scores.diagonal()
    return ((scores / 0.1).logsumexp(1) - positive).mean()


lk.diagnose(model, loss, (x, torch.randn(16, 8)))  # LK911
