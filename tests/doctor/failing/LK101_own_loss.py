"""A loss of losskit takes raw scores as well."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = nn.Linear(5, 3)
criterion = lk.to_torch(lk.cross_entropy(label_smoothing=0.1))
criterion(model(x).softmax(dim=-1), y).backward()  # LK101
