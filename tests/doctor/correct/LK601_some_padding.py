"""Padding in every row, and a batch of nothing else that is summed."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens, labels = torch.randint(0, 10, (4, 6)), torch.randint(0, 10, (4, 6))
labels[:, 4:] = -100
model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10))
scores = model(tokens)
F.cross_entropy(scores.view(-1, 10), labels.view(-1)).backward()
nothing = torch.full((24,), -100)
(F.cross_entropy(model(tokens).view(-1, 10), nothing, reduction="sum") / max(1, 0)).backward()
