"""Preferences: Bradley-Terry rewards, DPO against a frozen reference, and ranks with signs."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


def log_likelihood(model, tokens, mask):
    log_p = model(tokens[:, :-1]).log_softmax(-1)
    return (log_p.gather(2, tokens[:, 1:, None]).squeeze(-1) * mask[:, 1:]).sum(1)


torch.manual_seed(0)
policy = nn.Sequential(nn.Embedding(12, 6), nn.Linear(6, 12))
reference = copy.deepcopy(policy).eval()
reward = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.AdamW([*policy.parameters(), *reward.parameters()])
won, lost = torch.randint(0, 12, (8, 7)), torch.randint(0, 12, (8, 7))
mask = torch.arange(7).expand(8, 7) < torch.randint(4, 8, (8, 1))
better, worse = torch.randn(16, 5), torch.randn(16, 5)
for _ in range(3):
    with torch.no_grad():
        base = log_likelihood(reference, won, mask) - log_likelihood(reference, lost, mask)
    margin = log_likelihood(policy, won, mask) - log_likelihood(policy, lost, mask) - base
    dpo = -F.logsigmoid(0.1 * margin).mean()
    a, b = reward(better), reward(worse)
    bradley_terry = -F.logsigmoid(a - b).mean()
    ranking = F.margin_ranking_loss(a, b, torch.ones(16, 1), margin=0.5)
    loss = dpo + bradley_terry + ranking + F.soft_margin_loss(b - a, -torch.ones(16, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
