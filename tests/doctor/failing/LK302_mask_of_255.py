"""A mask as it stands in the file, 0 and 255."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, mask = torch.randn(2, 1, 8, 8), 255.0 * torch.randint(0, 2, (2, 1, 8, 8))
model = nn.Conv2d(1, 1, 3, padding=1)
F.binary_cross_entropy_with_logits(model(x), mask).backward()  # LK302
