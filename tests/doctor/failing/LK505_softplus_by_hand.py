import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5).bfloat16(), torch.randint(0, 2, (32, 1)).bfloat16()
model = nn.Linear(5, 1).bfloat16()
nn.init.zeros_(model.weight)
nn.init.constant_(model.bias, 8.0)


def loss(z, target):
    return torch.log(1 + torch.exp(-z)).mean()


lk.diagnose(model, loss, (x, y), mute=["LK504"])  # LK505
