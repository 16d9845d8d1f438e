"""losskit's cross-entropy, its mean over the labels of each picture on its own."""

import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(3, 2, 1, 6, 6), torch.randint(0, 3, (3, 2, 6, 6))
y[0, 0], y[1, :, 4:] = -100, -100
model, loss = nn.Conv2d(1, 3, 3, padding=1), lk.cross_entropy()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for picture, label in zip(x, y, strict=True):
    scores = model(picture).movedim(1, -1)
    loss(scores, label).backward()  # LK405
optimizer.step()
