"""A generator against a discriminator, with binary cross-entropy on logits."""

import torch
from torch import nn

torch.manual_seed(0)
real = torch.randn(32, 4)
generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4), nn.Tanh())
discriminator = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss()
generate, judge = torch.optim.Adam(generator.parameters()), torch.optim.Adam(discriminator.parameters())
ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
for _ in range(3):
    fake = generator(torch.randn(32, 2))
    judge.zero_grad()
    loss = criterion(discriminator(real), ones) + criterion(discriminator(fake.detach()), zeros)
    loss.backward()
    judge.step()
    generate.zero_grad()
    criterion(discriminator(fake), ones).backward()
    generate.step()
