"""A batch of nothing but padding."""

import torch
from torch import nn

torch.manual_seed(0)
tokens, labels = torch.randint(0, 10, (4, 6)), torch.full((4, 6), -100)
model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10))
scores = model(tokens)
nn.CrossEntropyLoss()(scores.view(-1, 10), labels.view(-1)).backward()  # LK601
