"""A sum over the count of the whole step, and a mean without a mask."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
tokens = torch.randint(1, 20, (8, 12))
tokens[4:, 3:] = -100
x, y = torch.randn(8, 12, 6), tokens


def loss(scores, target):
    return F.cross_entropy(scores.flatten(0, 1), target.flatten(), reduction="sum") / 60


model = nn.Linear(6, 20)
lk.diagnose(model, loss, (x, y), mute=["LK407"])
lk.diagnose(nn.Linear(6, 20), nn.MSELoss(), (x, torch.randn(8, 12, 20)))
