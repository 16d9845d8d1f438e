"""Mixed-up labels, smoothed labels, a teacher's probabilities, rows of 0 that are masked, and weighted rows."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), F.one_hot(torch.randint(0, 3, (32,)), 3).float()
model = nn.Linear(5, 3)
share = 0.3
F.cross_entropy(model(x), share * y + (1 - share) * y.roll(1, 0)).backward()
F.cross_entropy(model(x), 0.9 * y + 0.1 / 3).backward()
F.cross_entropy(model(x), torch.randn(32, 3).softmax(dim=1)).backward()
F.cross_entropy(model(x), y * (torch.arange(32) < 20)[:, None]).backward()
weight = torch.rand(32, 1)
(F.cross_entropy(model(x), y * weight, reduction="sum") / weight.sum()).backward()
