"""A normalising flow: log-determinants, a Gaussian base, and dequantised data."""

import torch
from torch import nn
from torch.distributions import Normal


class Coupling(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 4))

    def forward(self, x):
        a, b = x.chunk(2, 1)
        log_scale, shift = self.net(a).chunk(2, 1)
        log_scale = torch.tanh(log_scale)
        return torch.cat([b * log_scale.exp() + shift, a], 1), log_scale.sum(1)


torch.manual_seed(0)
x = (torch.randint(0, 8, (64, 4)) + torch.rand(64, 4)) / 8
layers = nn.ModuleList([Coupling(), Coupling()])
optimizer = torch.optim.Adam(layers.parameters())
for _ in range(3):
    z, total = torch.logit(x.clamp(1e-4, 1 - 1e-4)), torch.zeros(64)
    for layer in layers:
        z, change = layer(z)
        total = total + change
    loss = -(Normal(0.0, 1.0).log_prob(z).sum(1) + total).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
