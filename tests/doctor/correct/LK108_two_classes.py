"""Two scores for two classes, and a single row of scores."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 2, (64,))
model = nn.Linear(5, 2)
F.cross_entropy(model(x), y).backward()
F.cross_entropy(model(x[0]), y[0]).backward()
