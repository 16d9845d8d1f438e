"""A vector-quantised autoencoder: argmin picks the code, a straight-through gradient, two detached distances."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 6)
encoder, decoder, codes = nn.Linear(6, 3), nn.Linear(3, 6), nn.Embedding(8, 3)
parts = nn.ModuleList([encoder, decoder, codes])
optimizer = torch.optim.Adam(parts.parameters())
for _ in range(3):
    z = encoder(x)
    picked = codes(torch.cdist(z, codes.weight).argmin(dim=1))
    loss = F.mse_loss(decoder(z + (picked - z).detach()), x)
    loss = loss + F.mse_loss(picked, z.detach()) + 0.25 * F.mse_loss(z, picked.detach())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
