"""A mixture density network: log_softmax of the shares, logsumexp of the parts; and a Gaussian likelihood."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model = nn.Linear(5, 9)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    shares, mean, log_scale = model(x).chunk(3, dim=1)
    parts = torch.distributions.Normal(mean, log_scale.exp()).log_prob(y)
    loss = -torch.logsumexp(shares.log_softmax(dim=1) + parts, dim=1).mean()
    loss = loss + F.gaussian_nll_loss(mean[:, :1], y, F.softplus(log_scale[:, :1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
