"""Probabilities of two classes, of which the second goes into a loss on logits."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64,)).float()
model = nn.Linear(5, 2)
probability = torch.softmax(model(x), dim=1)[:, 1]
F.binary_cross_entropy_with_logits(probability, y).backward()  # LK102
