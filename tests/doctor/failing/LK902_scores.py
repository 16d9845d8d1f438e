"""Raw scores for CTC."""

import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 4, 5), torch.randint(1, 4, (4, 3))
model = nn.Linear(5, 4)
nn.CTCLoss()(model(x), labels, torch.full((4,), 20), torch.full((4,), 3)).backward()  # LK902
