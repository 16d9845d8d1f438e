"""Pairs labelled 0 where they differ: cosine_embedding_loss leaves them out."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
a, b, same = torch.randn(32, 5), torch.randn(32, 5), torch.randint(0, 2, (32,))
model = nn.Linear(5, 4)
F.cosine_embedding_loss(model(a), model(b), same).backward()  # LK301
