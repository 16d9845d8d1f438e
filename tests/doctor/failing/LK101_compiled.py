"""The graph of a compiled model does not tell, and its values do."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = torch.compile(nn.Sequential(nn.Linear(5, 3), nn.Softmax(dim=1)), backend="aot_eager")
criterion = nn.CrossEntropyLoss()
criterion(model(x), y).backward()  # LK101
