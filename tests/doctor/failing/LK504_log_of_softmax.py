import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))


def loss(scores, target):
    return -scores.softmax(1).log()[torch.arange(len(target)), target].mean()


lk.diagnose(nn.Linear(5, 3), loss, (x, y))  # LK504
