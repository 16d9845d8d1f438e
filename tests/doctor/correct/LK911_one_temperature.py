"""One temperature for positives and negatives, before or after they are joined; a margin; two temperatures."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
anchor, near, far = torch.randn(3, 16, 5).unbind()
model = nn.Linear(5, 4)
first = torch.zeros(16, dtype=torch.long)
a, b, c = (F.normalize(model(each)) for each in (anchor, near, far))
positive, negative = (a * b).sum(1, keepdim=True), a @ c.T
F.cross_entropy(torch.cat([positive, negative], 1) / 0.1, first).backward(retain_graph=True)
F.cross_entropy(torch.cat([positive / 0.1, negative / 0.1], 1), first).backward(retain_graph=True)
F.cross_entropy(torch.cat([positive - 0.2, negative], 1), first).backward(retain_graph=True)
F.cross_entropy(torch.cat([positive / 0.1, negative / 0.2], 1), first).backward(retain_graph=True)
F.cross_entropy(torch.cat([positive, negative], 1), first).backward()
old, new = nn.Linear(5, 3, bias=False), nn.Linear(5, 2, bias=False)
F.cross_entropy(torch.cat([old(anchor), 0.8 * new(anchor)], 1), torch.randint(0, 5, (16,))).backward()
