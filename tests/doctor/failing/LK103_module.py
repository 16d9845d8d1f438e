"""log_softmax twice: harmless, and pointless."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 3), nn.LogSoftmax(dim=1))
nn.CrossEntropyLoss()(model(x), y).backward()  # LK103
