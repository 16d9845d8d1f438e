import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(16, 10, 4), torch.randn(16)


class Series(nn.Module):
    def __init__(self):
        super().__init__()
        self.network, self.head = nn.GRU(4, 8), nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.network(x)[0][:, -1]).squeeze(1)


lk.diagnose(Series(), nn.MSELoss(), (x, y))  # LK210
