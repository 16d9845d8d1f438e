"""The loss of each token times a mask, over the sum of the mask: in each of two micro-batches its own."""

import torch
from torch import nn

torch.manual_seed(0)
tokens, labels = torch.randint(1, 10, (8, 12)), torch.randint(0, 3, (8, 12))
tokens[:4, 3:] = 0
model = nn.Sequential(nn.Embedding(10, 8, padding_idx=0), nn.Linear(8, 3))
criterion = nn.CrossEntropyLoss(reduction="none")
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    for step, (x, y) in enumerate(zip(tokens.split(4), labels.split(4), strict=True)):
        mask = (x != 0).float()
        each = criterion(model(x).transpose(1, 2), y)  # LK405
        loss = 0.5 * (each * mask).sum() / mask.sum()
        loss.backward()
        if step % 2 == 1:
            optimizer.step()
            optimizer.zero_grad()
