"""The blank is the last class, which padding was given too, and the lengths count it."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 2, 5), torch.tensor([0, 1, 3, 2, 1, 3])
model = nn.Linear(5, 4)
F.ctc_loss(model(x).log_softmax(-1), labels, [20, 20], [3, 3], blank=3).backward()  # LK901
