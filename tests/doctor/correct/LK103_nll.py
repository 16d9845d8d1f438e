"""log_softmax with nll_loss, as it should be."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 3), nn.LogSoftmax(dim=1))
F.nll_loss(model(x), y).backward()
