"""Too few frames: zero_infinity counts these samples as 0."""

import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(6, 4, 5), torch.randint(1, 4, (4, 8))
model = nn.Linear(5, 4)
criterion = nn.CTCLoss(zero_infinity=True)
lengths = torch.tensor([8, 3, 8, 2])
criterion(model(x).log_softmax(-1), labels, torch.full((4,), 6), lengths).backward()  # LK903
