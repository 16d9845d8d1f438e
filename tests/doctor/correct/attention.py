"""Softmax inside attention, a transformer for classes of a sequence."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.project = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)

    def forward(self, x):
        query, key, value = self.project(x).chunk(3, dim=-1)
        weights = F.softmax(query @ key.transpose(1, 2) / key.shape[-1] ** 0.5, dim=-1)
        return self.out(weights @ value)


torch.manual_seed(0)
x, y = torch.randn(4, 6, 8), torch.randint(0, 3, (4,))
attention, encoder, head = Attention(8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Linear(8, 3)
parts = nn.ModuleList([attention, encoder, head])
optimizer = torch.optim.AdamW(parts.parameters())
for _ in range(3):
    loss = F.cross_entropy(head(encoder(x + attention(x)).mean(dim=1)), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
    optimizer.step()
