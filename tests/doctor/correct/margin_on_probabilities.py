"""A margin between probabilities, which is no cross-entropy, and log-probabilities in a multi-class margin."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = nn.Linear(5, 3)
F.multi_margin_loss(model(x).softmax(dim=1), y, margin=0.2).backward()
F.multi_margin_loss(model(x).log_softmax(dim=1), y).backward()
