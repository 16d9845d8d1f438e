"""Cosine embedding with signs, a margin head on normalised weights, centre loss, and triplets mined in the batch."""

import torch
import torch.nn.functional as F
from torch import nn


class ArcMargin(nn.Module):
    def __init__(self, size, classes, scale=16.0, margin=0.2):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, size))
        self.scale, self.margin = scale, margin

    def forward(self, embeddings, labels):
        cosine = F.linear(F.normalize(embeddings), F.normalize(self.weight)).clamp(-1 + 1e-6, 1 - 1e-6)
        turned = torch.cos(torch.acos(cosine) + self.margin)
        one_hot = F.one_hot(labels, cosine.shape[1]).bool()
        return self.scale * torch.where(one_hot, turned, cosine)


torch.manual_seed(0)
x, y = torch.randn(32, 6), torch.arange(32) % 4
model, head = nn.Linear(6, 8), ArcMargin(8, 4)
centres = nn.Parameter(torch.zeros(4, 8))
optimizer = torch.optim.Adam([*model.parameters(), *head.parameters(), centres])
for _ in range(3):
    e = model(x)
    same = torch.where(y[:16] == y[16:].flip(0), 1, -1)
    pairs = F.cosine_embedding_loss(e[:16], e[16:].flip(0), same, margin=0.2)
    distances = torch.cdist(F.normalize(e), F.normalize(e))
    alike = y[:, None] == y
    far = distances.masked_fill(~alike, -1.0).amax(1)
    near = distances.masked_fill(alike, 9.0).amin(1)
    triplets = F.relu(far - near + 0.3).mean()
    loss = F.cross_entropy(head(e, y), y) + pairs + triplets + 0.01 * (e - centres[y]).square().sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
