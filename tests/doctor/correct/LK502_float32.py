"""Half precision for the model, float32 for the loss; and halves that do not overflow."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(8, 5).half(), torch.full((8, 1), 900.0)
model = nn.Linear(5, 1).half()
nn.MSELoss()(model(x).float(), y).backward()
nn.MSELoss()(model(x), torch.ones(8, 1).half()).backward()
