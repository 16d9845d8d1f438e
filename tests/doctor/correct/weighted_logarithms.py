"""A focal loss and a policy gradient through nll_loss: logarithms that are weighted are none of probabilities."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = nn.Linear(5, 3)
log_p = model(x).log_softmax(dim=1)
F.nll_loss((1 - log_p.exp()) ** 2 * log_p, y).backward()
F.nll_loss(model(x).log_softmax(dim=1) * torch.randn(32, 1), y).backward()
