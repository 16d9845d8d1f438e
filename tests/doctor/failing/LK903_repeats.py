"""As many frames as labels, and two equal labels in a row need one more between them."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(3, 2, 5), torch.tensor([[1, 1, 2], [1, 2, 3]])
model = nn.Linear(5, 4)
log_probabilities = F.log_softmax(model(x), dim=-1)
F.ctc_loss(log_probabilities, labels, (3, 3), (3, 3), zero_infinity=True).backward()  # LK903
