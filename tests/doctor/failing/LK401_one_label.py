"""One negative number among the labels' weights."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(50, 5), torch.randint(0, 2, (50, 3)).float()
model = nn.Linear(5, 3)
F.binary_cross_entropy_with_logits(model(x), y, pos_weight=torch.tensor([1.0, -2.0, 3.0])).backward()  # LK401
