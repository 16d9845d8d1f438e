"""Sparse gradients of an embedding, and an optimizer for them."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
items, users, rating = torch.randint(0, 50, (32,)), torch.randint(0, 20, (32,)), torch.rand(32)
item, user = nn.Embedding(50, 4, sparse=True), nn.Embedding(20, 4, sparse=True)
optimizer = torch.optim.SparseAdam([*item.parameters(), *user.parameters()])
for _ in range(3):
    loss = F.mse_loss((item(items) * user(users)).sum(dim=1), rating)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
