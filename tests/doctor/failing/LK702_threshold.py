"""A term on a thresholded mask, added with sum()."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(2, 1, 8, 8), torch.randint(0, 2, (2, 1, 8, 8)).float()
model = nn.Conv2d(1, 1, 3, padding=1)
scores = model(x)
terms = [nn.BCEWithLogitsLoss()(scores, y)]
terms.append(nn.MSELoss()((scores > 0).float(), y))  # LK702
sum(terms).backward()
