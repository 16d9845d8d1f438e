"""Several labels a row, in a loss for one."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 2, (32, 4)).float()
model = nn.Linear(5, 4)
nn.CrossEntropyLoss()(model(x), y).backward()  # LK303
