"""zero_infinity as a precaution that is not needed."""

import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(7, 2, 5), torch.tensor([[1, 1, 2, 2], [1, 2, 3, 1]])
model = nn.Linear(5, 4)
lengths = torch.tensor([4, 3])
nn.CTCLoss(zero_infinity=True)(model(x).log_softmax(-1), labels, torch.tensor([6, 7]), lengths).backward()
