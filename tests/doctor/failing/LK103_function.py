"""The function, and a view behind it."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(4, 16, 5), torch.randint(0, 3, (4, 16))
model = nn.Linear(5, 3)
log_probabilities = F.log_softmax(model(x), dim=-1)
F.cross_entropy(log_probabilities.view(-1, 3), y.view(-1)).backward()  # LK103
