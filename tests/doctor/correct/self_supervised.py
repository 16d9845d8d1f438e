"""SimCLR with its own pairs masked by -inf after scaling, BYOL's cosine, Barlow twins, and masked patches."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(16, 10)
encoder, predictor, decoder = nn.Linear(10, 6), nn.Linear(6, 6), nn.Linear(6, 10)
optimizer = torch.optim.Adam([*encoder.parameters(), *predictor.parameters(), *decoder.parameters()])
for _ in range(3):
    a, b = encoder(x + 0.1 * torch.randn_like(x)), encoder(x + 0.1 * torch.randn_like(x))
    z = F.normalize(torch.cat([a, b]), dim=1)
    similarity = (z @ z.T / 0.1).masked_fill(torch.eye(32, dtype=torch.bool), float("-inf"))
    simclr = F.cross_entropy(similarity, torch.arange(32).roll(16))
    byol = 2 - 2 * F.cosine_similarity(predictor(a), b.detach(), dim=-1).mean()
    c = ((a - a.mean(0)) / a.std(0)).T @ ((b - b.mean(0)) / b.std(0)) / 16
    barlow = (c.diagonal() - 1).square().sum() + 0.01 * (c - torch.diag(c.diagonal())).square().sum()
    hidden = torch.rand(16, 10) < 0.5
    rebuilt = decoder(encoder(x.masked_fill(hidden, 0.0)))
    masked = ((rebuilt - x).square() * hidden).sum() / hidden.sum()
    loss = simclr + byol + 0.01 * barlow + masked
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
