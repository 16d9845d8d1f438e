import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = 255 * torch.rand(64, 20), torch.randint(0, 3, (64,))
lk.diagnose(nn.Linear(20, 3), nn.CrossEntropyLoss(), (x, y))  # LK704
