"""Softmax for the report only, in evaluation; raw scores for the loss."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    scores = model(x)
    loss = criterion(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    confidence = scores.softmax(dim=1).max(dim=1).values.mean()
with torch.no_grad():
    print(criterion(model(x), y).item(), model(x).softmax(dim=1).argmax(dim=1).float().mean().item(), confidence.item())
