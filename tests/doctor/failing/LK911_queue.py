"""A positive beside a queue of negatives, of which only these are divided by the temperature."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(16, 5)
query, key = nn.Linear(5, 4), nn.Linear(5, 4).requires_grad_(False)
queue = F.normalize(torch.randn(4, 32), dim=0)
q, k = F.normalize(query(x)), F.normalize(key(x))
positive = torch.einsum("nc,nc->n", q, k).unsqueeze(-1)
negative = torch.einsum("nc,ck->nk", q, queue) / 0.07
scores = torch.cat([positive, negative], dim=1)
F.cross_entropy(scores, torch.zeros(16, dtype=torch.long)).backward()  # LK911
