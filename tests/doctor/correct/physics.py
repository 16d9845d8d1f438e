"""A network that solves an equation: derivatives of the output by its input, residual and boundary terms."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters())
edge, value = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [0.0]])
for _ in range(3):
    t = torch.rand(32, 1, requires_grad=True)
    u = model(t)
    first = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    second = torch.autograd.grad(first, t, torch.ones_like(first), create_graph=True)[0]
    residual = second + torch.sin(torch.pi * t)
    loss = residual.square().mean() + 10 * F.mse_loss(model(edge), value)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
