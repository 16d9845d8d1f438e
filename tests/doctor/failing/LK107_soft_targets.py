"""The same with one-hot targets."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Linear(5, 3)
F.cross_entropy(torch.sigmoid(model(x)), F.one_hot(y, 3).float()).backward()  # LK107
