"""A variational autoencoder: binary cross-entropy on probabilities, and a divergence in closed form."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.rand(32, 12)
encoder, decoder = nn.Linear(12, 4), nn.Sequential(nn.Linear(2, 12), nn.Sigmoid())
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()])
for _ in range(3):
    mean, log_variance = encoder(x).chunk(2, dim=1)
    z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
    divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    loss = F.binary_cross_entropy(decoder(z), x, reduction="sum") + divergence
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
