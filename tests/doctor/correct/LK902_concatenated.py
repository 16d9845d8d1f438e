"""Log-probabilities, with all labels in one row."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 2, 5), torch.tensor([0, 1, 2, 2, 1])
model = nn.Linear(5, 4)
F.ctc_loss(model(x).log_softmax(-1), labels, (20, 18), (3, 2), blank=3).backward()
