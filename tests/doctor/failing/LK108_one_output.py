"""One output, and a loss that needs one for each class."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.zeros(64, dtype=torch.long)
model = nn.Linear(5, 1)
nn.CrossEntropyLoss()(model(x), y).backward()  # LK108
