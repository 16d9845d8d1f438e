"""Probabilities on both sides."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 5)
teacher, student = nn.Linear(5, 3), nn.Linear(5, 3)
with torch.no_grad():
    target = teacher(x).softmax(dim=1)
F.kl_div(student(x).softmax(dim=1), target, reduction="batchmean").backward()  # LK109
