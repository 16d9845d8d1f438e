"""Log-probabilities in half precision, whose sums are rounded."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5).bfloat16(), torch.randint(0, 100, (64,))
model = nn.Linear(5, 100).bfloat16()
with torch.no_grad():
    log_probabilities = F.log_softmax(model(x), dim=1)
    print(F.nll_loss(log_probabilities, y))
F.nll_loss(F.log_softmax(model(x), dim=1), y).backward()
