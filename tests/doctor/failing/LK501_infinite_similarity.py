"""A sample's similarity to itself is -inf before it is multiplied by a learned scale."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(8, 5)
model, scale = nn.Linear(5, 4), nn.Parameter(torch.tensor(10.0))
optimizer = torch.optim.Adam([*model.parameters(), scale])
z = F.normalize(torch.cat([model(x), model(x + 0.1)]))
similarity = (z @ z.T).masked_fill(torch.eye(16, dtype=torch.bool), float("-inf"))
scores = similarity * scale  # LK501
F.cross_entropy(scores, torch.arange(16).roll(8)).backward()
