"""Class centres that are learned, in a margin head that gives scores."""

import torch
import torch.nn.functional as F
from torch import nn


class CosineMargin(nn.Module):
    def __init__(self, size, classes):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(classes, size))

    def forward(self, embeddings, labels):
        cosines = F.normalize(embeddings) @ F.normalize(self.centres).T
        return 16 * (cosines - 0.2 * F.one_hot(labels, len(self.centres)))


torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
model, head = nn.Linear(5, 4), CosineMargin(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    scores = head(model(x), y)  # LK701
    optimizer.zero_grad()
    F.cross_entropy(scores, y).backward()
    optimizer.step()
