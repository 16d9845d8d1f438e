"""Focal loss by hand on logits with sums, and smooth L1 on the boxes of the positives, of which there may be none."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(2, 3, 8, 8)
model = nn.Conv2d(3, 5, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for share in (0.1, 0.0):
    out = model(x).movedim(1, -1).reshape(-1, 5)
    logits, boxes = out[:, 0], out[:, 1:]
    positive = torch.rand(len(out)) < share
    truth = positive.float()
    p = logits.sigmoid()
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = ((p * (1 - truth) + (1 - p) * truth) ** 2 * each).sum() / positive.sum().clamp(min=1)
    loss = focal + F.smooth_l1_loss(boxes[positive], torch.zeros_like(boxes[positive]), reduction="sum")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
