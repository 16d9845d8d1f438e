"""A learned scale with an optimizer of its own that steps now and then, and a free one that is updated by hand."""

import torch
from torch import nn


class LaplaceLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def forward(self, prediction, target):
        return ((prediction - target).abs() * torch.exp(-self.log_scale) + self.log_scale).mean()


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model, criterion, offset = nn.Linear(5, 1), LaplaceLoss(), nn.Parameter(torch.zeros(()))
optimizer = torch.optim.Adam(model.parameters())
slow = torch.optim.SGD(criterion.parameters(), lr=0.01)
for step in range(4):
    loss = criterion(model(x) + offset, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        offset -= 0.1 * offset.grad
        offset.grad = None
    if step % 2:
        slow.step()
        slow.zero_grad()
