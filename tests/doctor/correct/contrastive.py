"""Two views against each other with a learned temperature that the optimizer holds."""

import torch
import torch.nn.functional as F
from torch import nn


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(5, 4), nn.Linear(6, 4)
        self.log_temperature = nn.Parameter(torch.tensor(2.0))

    def forward(self, a, b):
        return F.normalize(self.left(a)) @ F.normalize(self.right(b)).T * self.log_temperature.exp()


torch.manual_seed(0)
a, b = torch.randn(16, 5), torch.randn(16, 6)
model = Clip()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    scores, index = model(a, b), torch.arange(16)
    loss = (F.cross_entropy(scores, index) + F.cross_entropy(scores.T, index)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
