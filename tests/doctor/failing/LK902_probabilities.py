"""Probabilities, without the logarithm."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 4, 5), torch.randint(1, 4, (4, 3))
model = nn.Linear(5, 4)
F.ctc_loss(model(x).softmax(dim=-1), labels, (20, 20, 20, 20), (3, 3, 3, 3)).backward()  # LK902
