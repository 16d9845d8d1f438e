"""A small U-Net's losses: cross-entropy over pixels with void, plus soft Dice of each class."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(2, 1, 8, 8), torch.randint(0, 3, (2, 8, 8))
y[:, 0] = 255
model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1))
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    scores = model(x)
    p, known = scores.softmax(dim=1), (y != 255).unsqueeze(1)
    truth = F.one_hot(y.where(y != 255, 0), 3).movedim(-1, 1) * known
    overlap, total = (p * truth).sum((0, 2, 3)), (p * known).sum((0, 2, 3)) + truth.sum((0, 2, 3))
    loss = F.cross_entropy(scores, y, ignore_index=255) + 1 - ((2 * overlap + 1) / (total + 1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
