"""Cox's partial likelihood with logcumsumexp, a Weibull likelihood with censoring, and counts with an exposure."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, time = torch.randn(40, 5), torch.rand(40).sort(descending=True).values + 0.1
event, exposure = (torch.rand(40) < 0.6).float(), torch.rand(40, 1) + 0.5
counts = torch.poisson(exposure)
risk, shape, rate = nn.Linear(5, 1), nn.Linear(5, 2), nn.Linear(5, 1)
optimizer = torch.optim.Adam([*risk.parameters(), *shape.parameters(), *rate.parameters()])
for _ in range(3):
    score = risk(x).squeeze(1)
    cox = -((score - score.logcumsumexp(0)) * event).sum() / event.sum()
    k, scale = F.softplus(shape(x)).unbind(1)
    z = time / scale
    weibull = -(event * (k.log() - scale.log() + (k - 1) * z.log()) - z**k).mean()
    poisson = F.poisson_nll_loss(rate(x) + exposure.log(), counts, log_input=True)
    loss = cox + weibull + poisson
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
