"""Gradients taken with torch.autograd.grad, an update by hand, hooks, and an evaluation loop that sums losses."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 5), torch.randint(0, 3, (48,))
model = nn.Sequential(nn.Linear(5, 8), nn.SiLU(), nn.Dropout(0.1), nn.Linear(8, 3))
model[0].weight.register_hook(lambda gradient: gradient.clamp(-1, 1))
for _ in range(3):
    gradients = torch.autograd.grad(F.cross_entropy(model(x), y), list(model.parameters()))
    with torch.no_grad():
        for p, g in zip(model.parameters(), gradients, strict=True):
            p -= 0.1 * g
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for rows in torch.arange(48).split(20):
            p = model(x[rows]).softmax(1)
            total += F.nll_loss(p.clamp_min(1e-12).log(), y[rows], reduction="sum").item()
            hits = (p.argmax(1) == y[rows]).float().mean()
    model.train()
