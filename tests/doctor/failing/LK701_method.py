"""An adaptive loss of residuals, called through a method of its own."""

import torch
from torch import nn


class AdaptiveLossFunction(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(1))

    def lossfun(self, residual):
        return 0.5 * (residual * torch.exp(-self.log_scale)) ** 2 + self.log_scale


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model, adaptive = nn.Linear(5, 1), AdaptiveLossFunction()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = adaptive.lossfun(y - model(x)).mean()
    optimizer.zero_grad()
    loss.backward()  # LK701
    optimizer.step()
