import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.head = nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.head(x * 32 * self.gate(x).softmax(0))


lk.diagnose(Gated(), nn.CrossEntropyLoss(), (x, y))  # LK210
