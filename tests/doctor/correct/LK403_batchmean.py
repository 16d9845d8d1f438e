"""The mean over rows."""

import torch
from torch import nn

torch.manual_seed(0)
x, target = torch.randn(64, 5), torch.randn(64, 3).softmax(dim=1)
model = nn.Sequential(nn.Linear(5, 3), nn.LogSoftmax(dim=1))
nn.KLDivLoss(reduction="batchmean")(model(x), target).backward()
