"""Autocast, with a scaler whose scale overflows float16 at first."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters())
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**30)
for _ in range(5):
    with torch.autocast("cpu", dtype=torch.float16):
        scores = model(x)
        loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
with torch.autocast("cpu", dtype=torch.bfloat16):
    nn.functional.mse_loss(model(x), torch.zeros(64, 3)).backward()
