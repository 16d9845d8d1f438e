"""Two optimizers in turn, each with its own backward pass through shared layers, and an averaged copy."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 6), torch.randint(0, 3, (32,))
encoder, decoder, head = nn.Linear(6, 4), nn.Linear(4, 6), nn.Linear(4, 3)
average = copy.deepcopy(encoder).requires_grad_(False)
rebuild = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()])
classify = torch.optim.SGD(head.parameters(), lr=0.1)
for _ in range(3):
    hidden = encoder(x).tanh()
    rebuild.zero_grad()
    (F.mse_loss(decoder(hidden), x) + F.mse_loss(hidden, average(x).tanh())).backward()
    rebuild.step()
    classify.zero_grad()
    F.cross_entropy(head(hidden.detach()), y).backward()
    classify.step()
    for p, q in zip(average.parameters(), encoder.parameters(), strict=True):
        p.mul_(0.9).add_(q.detach(), alpha=0.1)
