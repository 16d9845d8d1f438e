"""REINFORCE through cross-entropy, weighted by advantages, and a value that is regressed."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
states, rewards = torch.randn(32, 4), torch.randn(32)
policy, value = nn.Linear(4, 3), nn.Linear(4, 1)
optimizer = torch.optim.Adam([*policy.parameters(), *value.parameters()])
for _ in range(3):
    scores, estimate = policy(states), value(states).squeeze(1)
    actions = torch.distributions.Categorical(logits=scores).sample()
    advantage = (rewards - estimate).detach()
    entropy = torch.distributions.Categorical(logits=scores).entropy().mean()
    loss = (F.cross_entropy(scores, actions, reduction="none") * advantage).mean()
    loss = loss + F.cross_entropy(scores, F.one_hot(actions, 3) * advantage[:, None])
    loss = loss + F.smooth_l1_loss(estimate, rewards) - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
