"""Half precision with a loss in float32, and a squared error in half."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5).bfloat16(), torch.randint(0, 2, (32, 1)).bfloat16()
model = nn.Linear(5, 1).bfloat16()
lk.diagnose(model, lambda z, t: F.binary_cross_entropy_with_logits(z.float(), t.float()), (x, y))
lk.diagnose(model, F.mse_loss, (x, y))
