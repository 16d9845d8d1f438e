import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 20), torch.randint(0, 2, (64, 1)).float()
model = nn.Linear(20, 1)
nn.init.normal_(model.weight, std=5.0)
lk.diagnose(model, nn.BCEWithLogitsLoss(), (x, y))  # LK704
