"""nll_loss takes logarithms of probabilities, not these."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1))
nn.NLLLoss()(model(x), y).backward()  # LK105
