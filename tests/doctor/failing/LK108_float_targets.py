"""0/1 targets in the shape of the one output: taken for soft labels over one class."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.ones(64, 1)
model = nn.Linear(5, 1)
F.cross_entropy(model(x), y).backward()  # LK108
