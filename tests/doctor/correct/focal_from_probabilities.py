"""Focal loss by hand from probabilities, with clamped logarithms, and for two classes from a sigmoid."""

import torch
import torch.nn.functional as F
from torch import nn


class FocalLoss(nn.Module):
    def __init__(self, alpha, gamma=2.0):
        super().__init__()
        self.register_buffer("alpha", alpha)
        self.gamma = gamma

    def forward(self, scores, target):
        p = torch.softmax(scores, dim=1)
        one_hot = F.one_hot(target, scores.shape[1]).float()
        p_true = (p * one_hot).sum(1).clamp(1e-6, 1.0)
        return (-self.alpha[target] * (1 - p_true) ** self.gamma * p_true.log()).mean()


torch.manual_seed(0)
x, y, z = torch.randn(32, 5), torch.randint(0, 3, (32,)), torch.randint(0, 2, (32, 1)).float()
model, binary = nn.Linear(5, 3), nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())
criterion = FocalLoss(torch.tensor([0.2, 0.3, 0.5]))
optimizer = torch.optim.AdamW([*model.parameters(), *binary.parameters()])
for _ in range(3):
    p = binary(x)
    each = F.binary_cross_entropy(p, z, reduction="none")
    focus = (1 - (p * z + (1 - p) * (1 - z))) ** 2
    loss = criterion(model(x), y) + (focus * each).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
