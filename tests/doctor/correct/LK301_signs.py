"""Targets of -1 and 1; hinge_embedding_loss on a batch of one kind."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
a, b = torch.randn(32, 5), torch.randn(32, 5)
sign = torch.where(a[:, 0] > 0, 1, -1)
model = nn.Linear(5, 4)
F.cosine_embedding_loss(model(a), model(b), sign).backward()
F.soft_margin_loss(model(a)[:, 0], sign).backward()
F.hinge_embedding_loss((model(a) - model(b)).norm(dim=1), torch.ones(32)).backward()
F.margin_ranking_loss(model(a)[:, 0], model(b)[:, 0], torch.ones(32), margin=1.0).backward()
