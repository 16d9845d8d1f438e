"""A loss whose network is fixed and not switched off, and a picture that is optimised."""

import torch
import torch.nn.functional as F
from torch import nn


class PerceptualLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())

    def forward(self, a, b):
        return F.mse_loss(self.features(a), self.features(b))


torch.manual_seed(0)
target, picture = torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8, requires_grad=True)
criterion = PerceptualLoss()
optimizer = torch.optim.Adam([picture])
for _ in range(3):
    loss = criterion(picture, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
