"""KL between two classifiers in both directions, Jensen-Shannon, and torch.distributions' own divergence."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical, kl_divergence

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
first, second = nn.Linear(5, 3), nn.Linear(5, 3)
optimizer = torch.optim.Adam([*first.parameters(), *second.parameters()])
for _ in range(3):
    a, b = F.log_softmax(first(x), 1), F.log_softmax(second(x), 1)
    there = F.kl_div(a, b, reduction="batchmean", log_target=True)
    back = F.kl_div(b, a.exp(), reduction="batchmean")
    middle = torch.logsumexp(torch.stack([a, b]), 0) - torch.log(torch.tensor(2.0))
    js = 0.5 * sum(F.kl_div(middle, p, reduction="none", log_target=True).sum(1).mean() for p in (a, b))
    mutual = F.kl_div(a, second(x).softmax(1).detach(), reduction="sum") / len(x)
    own = kl_divergence(Categorical(logits=first(x)), Categorical(logits=second(x))).mean()
    loss = F.nll_loss(a, y) + F.nll_loss(b, y) + there + back + js + mutual + own
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
