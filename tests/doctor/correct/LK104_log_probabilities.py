"""Logarithms of probabilities that were mixed from two models, and of some with a small number added."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
first, second = nn.Linear(5, 3), nn.Linear(5, 3)
mixed = torch.logaddexp(first(x).log_softmax(1), second(x).log_softmax(1)) - torch.log(torch.tensor(2.0))
F.nll_loss(mixed, y).backward()
F.nll_loss(torch.log(first(x).softmax(dim=1) + 1e-8), y).backward()
picture = nn.Conv2d(1, 4, 1)(torch.randn(2, 1, 8, 8))
F.nll_loss(picture.log_softmax(dim=1), torch.randint(0, 4, (2, 8, 8))).backward()
