"""p * log(p) where p is 0: masked after the logarithm and not before it."""

import torch
from torch import nn

torch.manual_seed(0)
x, allowed = torch.randn(8, 5), torch.tensor([True, True, False])
model = nn.Linear(5, 3)
p = model(x).masked_fill(~allowed, -torch.inf).softmax(dim=1)
each = p * torch.log(p)  # LK501
loss = torch.where(allowed, each, 0.0).mean()
loss.backward()
