"""Pictures in which every pixel is void."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(2, 1, 8, 8), torch.full((2, 8, 8), 255)
model = nn.Conv2d(1, 4, 3, padding=1)
F.nll_loss(F.log_softmax(model(x), dim=1), y, ignore_index=255).backward()  # LK601
