import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.randn(64, 16).bfloat16()
model = nn.Linear(16, 16, bias=False).bfloat16()
model.weight.data = torch.eye(16).bfloat16() + 0.01 * torch.randn(16, 16).bfloat16()


def loss(a, b):
    return (1 - (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))).mean()


lk.diagnose(model, loss, (x, x))  # LK505
