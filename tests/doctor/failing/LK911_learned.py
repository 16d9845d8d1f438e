"""A learned scale that reaches the positives only."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
anchor, near, far = torch.randn(3, 16, 5).unbind()
model, scale = nn.Linear(5, 4), nn.Parameter(torch.tensor(14.0))
optimizer = torch.optim.Adam([*model.parameters(), scale])
criterion = nn.CrossEntropyLoss()
a, b, c = (F.normalize(model(each)) for each in (anchor, near, far))
positive = (a * b).sum(1, keepdim=True) * scale
criterion(torch.cat([positive, a @ c.T], 1), torch.zeros(16, dtype=torch.long)).backward()  # LK911
optimizer.step()
