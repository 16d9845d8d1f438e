"""A critic with a gradient penalty, and least squares against a constant."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
real = torch.randn(32, 4)
generator, critic = nn.Linear(2, 4), nn.Sequential(nn.Linear(4, 8), nn.Softplus(), nn.Linear(8, 1))
generate, judge = torch.optim.Adam(generator.parameters()), torch.optim.Adam(critic.parameters())
for _ in range(3):
    fake = generator(torch.randn(32, 2))
    between = torch.lerp(real, fake.detach(), torch.rand(32, 1)).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    judge.zero_grad()
    (critic(fake.detach()).mean() - critic(real).mean() + 10 * penalty).backward()
    judge.step()
    generate.zero_grad()
    scores = critic(fake)
    F.mse_loss(scores, torch.ones_like(scores)).backward()
    generate.step()
