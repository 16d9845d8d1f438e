"""Scores of all pairs over one temperature, and a squared error on embeddings."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, other = torch.randn(16, 5), torch.randn(16, 8)
model = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8))


def loss(a, b):
    scores = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T / 0.1
    return F.cross_entropy(scores, torch.arange(len(a)))


lk.diagnose(model, loss, (x, other))
lk.diagnose(model, nn.MSELoss(), (x, other))
