"""A scripted module, whose loss is inside."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.layer = nn.Linear(5, 3)

    def forward(self, x, y):
        return F.cross_entropy(self.scale * self.layer(x), y)


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = torch.jit.script(Model())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    loss = model(x, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
