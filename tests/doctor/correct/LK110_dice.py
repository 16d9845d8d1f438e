"""Dice on probabilities, by hand and from losskit; weighted sums of other things look alike."""

import torch
from torch import nn

import losskit as lk


class DiceLoss(nn.Module):
    def forward(self, logits, mask):
        p = torch.sigmoid(logits)
        return 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


torch.manual_seed(0)
x, mask = torch.randn(4, 1, 8, 8), torch.randint(0, 2, (4, 1, 8, 8)).float()
model = nn.Conv2d(1, 1, 3, padding=1)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    logits = model(x)
    masked_mean = (logits * mask).sum() / mask.sum()
    loss = DiceLoss()(logits, mask) + lk.dice()(logits.movedim(1, -1), mask.movedim(1, -1)) + 1e-3 * masked_mean**2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
