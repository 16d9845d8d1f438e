"""Inputs from 0 to 1, and a model whose training has begun."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.rand(64, 20), torch.randint(0, 3, (64,))
model = nn.Linear(20, 3)
lk.diagnose(model, nn.CrossEntropyLoss(), (x, y))
nn.init.normal_(model.weight, std=10.0)
optimizer = torch.optim.Adam(model.parameters())
nn.CrossEntropyLoss()(model(x), y).backward()
optimizer.step()
lk.diagnose(model, nn.CrossEntropyLoss(), (x, y), optimizer)
