"""Activation checkpointing, gradients that are clipped and a schedule."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
body, head = nn.Sequential(nn.Linear(5, 8), nn.GELU()), nn.Linear(8, 1)
optimizer = torch.optim.AdamW([*body.parameters(), *head.parameters()])
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=3)
for _ in range(3):
    loss = F.huber_loss(head(checkpoint(body, x, use_reentrant=False)), y, delta=0.5)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(body.parameters(), 1.0)
    optimizer.step()
    schedule.step()
