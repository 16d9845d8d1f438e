"""Labels from 0 on, and the blank is 0."""

import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 4, 5), torch.arange(12).reshape(4, 3) % 3
model = nn.Linear(5, 4)
log_probabilities = model(x).log_softmax(dim=-1)
nn.CTCLoss()(log_probabilities, labels, torch.full((4,), 20), torch.full((4,), 3)).backward()  # LK901
