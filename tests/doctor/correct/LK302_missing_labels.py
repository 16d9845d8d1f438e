"""Labels of -1 are missing: masked by weights of 0, or after the loss of each; and noisy labels a little above 1."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(-1, 2, (32, 3)).float()
model = nn.Linear(5, 3)
known = (y >= 0).float()
F.binary_cross_entropy_with_logits(model(x), y, weight=known, reduction="sum").backward()
each = F.binary_cross_entropy_with_logits(model(x), y, reduction="none")
((each * known).sum() / known.sum()).backward()
F.binary_cross_entropy_with_logits(model(x), 0.7 + 0.5 * torch.rand(32, 3)).backward()
