"""Softmax outputs as a policy: sampled actions, an entropy bonus, clipped ratios and a value of shape (n, 1)."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
states, returns = torch.randn(64, 4), torch.randn(64, 1)
body, actor, critic = nn.Linear(4, 16), nn.Linear(16, 3), nn.Linear(16, 1)
optimizer = torch.optim.Adam([*body.parameters(), *actor.parameters(), *critic.parameters()])
with torch.no_grad():
    old = Categorical(probs=actor(body(states).tanh()).softmax(-1))
    actions = old.sample()
    before = old.log_prob(actions)
for _ in range(3):
    hidden = body(states).tanh()
    policy = Categorical(probs=F.softmax(actor(hidden), dim=-1))
    values = critic(hidden)
    advantage = (returns - values.detach()).squeeze(-1)
    ratio = (policy.log_prob(actions) - before).exp()
    clipped = ratio.clamp(0.8, 1.2)
    gain = torch.min(ratio * advantage, clipped * advantage).mean()
    loss = -gain + 0.5 * F.mse_loss(values, returns) - 0.01 * policy.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(body.parameters(), 0.5)
    optimizer.step()
