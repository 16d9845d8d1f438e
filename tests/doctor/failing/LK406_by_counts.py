import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(400, 5), torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), 400, replacement=True)
weight = torch.bincount(y) / len(y)
lk.diagnose(nn.Linear(5, 3), nn.CrossEntropyLoss(weight=weight), (x, y))  # LK406
