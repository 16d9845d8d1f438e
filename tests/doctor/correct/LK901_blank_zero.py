"""Labels from 1 on; padding with the blank beyond the lengths."""

import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(20, 4, 5), torch.randint(1, 4, (4, 5))
lengths = torch.tensor([5, 3, 4, 2])
for row, length in zip(labels, lengths, strict=True):
    row[length:] = 0
model = nn.Linear(5, 4)
nn.CTCLoss()(model(x).log_softmax(dim=-1), labels, torch.full((4,), 20), lengths).backward()
