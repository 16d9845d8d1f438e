"""The same for each of three labels."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(400, 5), (torch.rand(400, 3) < torch.tensor([0.5, 0.1, 0.2])).float()
model = nn.Linear(5, 3)
pos_weight = y.mean(0) / (1 - y.mean(0))
F.binary_cross_entropy_with_logits(model(x), y, pos_weight=pos_weight).backward()  # LK402
