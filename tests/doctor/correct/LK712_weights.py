"""Weights above 0, and a likelihood, which may be below 0."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.arange(64) % 2
model, loss = nn.Linear(5, 2), nn.CrossEntropyLoss(weight=torch.tensor([3.0, 1.0]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
watch = lk.watch(loss=loss)
for _ in range(20):
    value = loss(model(x), y)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    watch.step(value)
likelihood = lk.watch(loss=nn.GaussianNLLLoss())
likelihood.step(-2.0)
