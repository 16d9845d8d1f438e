"""Softmax written out as exp over sum."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = nn.Linear(5, 3)
scores = model(x)
exps = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
probabilities = exps / exps.sum(dim=1, keepdim=True)
nn.CrossEntropyLoss()(probabilities, y).backward()  # LK101
