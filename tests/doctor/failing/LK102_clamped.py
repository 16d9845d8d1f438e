"""Probabilities kept away from 0 and 1, for a loss that takes logits."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64, 1)).float()
model = nn.Linear(5, 1)
probability = torch.sigmoid(model(x)).clamp(1e-6, 1 - 1e-6)
F.binary_cross_entropy_with_logits(probability, y).backward()  # LK102
