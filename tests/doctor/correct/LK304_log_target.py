"""Log-probabilities with log_target=True; a target with zeros without it."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 5)
model = nn.Linear(5, 3)
log_target = torch.randn(64, 3).log_softmax(dim=1)
F.kl_div(model(x).log_softmax(1), log_target, reduction="batchmean", log_target=True).backward()
one_hot = F.one_hot(torch.randint(0, 3, (64,)), 3).float()
F.kl_div(model(x).log_softmax(1), one_hot, reduction="batchmean").backward()
