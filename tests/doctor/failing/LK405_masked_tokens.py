"""Four micro-batches of tokens, each a mean over its own labels, divided by four."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens, micro = torch.randint(0, 10, (16, 12)), 4
labels = tokens.masked_fill(torch.arange(12) >= torch.randint(2, 12, (16, 1)), -100)
model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10))
optimizer = torch.optim.AdamW(model.parameters())
for x, y in zip(tokens.split(4), labels.split(4), strict=True):
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())  # LK405
    (loss / micro).backward()
optimizer.step()
