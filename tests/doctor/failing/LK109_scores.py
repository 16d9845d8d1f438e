"""Raw scores, with the module."""

import torch
from torch import nn

torch.manual_seed(0)
x, target = torch.randn(64, 5), torch.rand(64, 3).softmax(dim=1)
model = nn.Linear(5, 3)
nn.KLDivLoss(reduction="batchmean")(model(x), target).backward()  # LK109
