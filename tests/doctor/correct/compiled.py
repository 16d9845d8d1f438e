"""A compiled model whose loss is outside, and a compiled step."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
own = lk.cross_entropy()
optimizer = torch.optim.Adam(model.parameters())


@torch.compile(backend="aot_eager", fullgraph=True)
def total(x, y):
    scores = model(x)
    return own(scores, y) + torch.sqrt(F.mse_loss(scores, F.one_hot(y, 3).float()) + 1e-8)


for _ in range(3):
    loss = F.cross_entropy(compiled(x), y) + total(x, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
