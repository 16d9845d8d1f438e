"""Only the head is given to the optimizer; the rest receives gradients that nobody uses."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 8))
        self.body = nn.Linear(5, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x, y):
        return nn.functional.cross_entropy(self.head(self.body(x) + self.token), y)


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model = Model()
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
for _ in range(3):
    loss = model(x, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
