"""Binary cross-entropy on smoothed 0.05/0.95 labels, one-sided for a discriminator, with a weighted sampler too."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(0)
x, y = torch.randn(200, 5), (torch.rand(200, 1) < 0.1).float()
sampler = WeightedRandomSampler(torch.where(y[:, 0] == 1, 4.0, 1.0).tolist(), 200)
model = nn.Sequential(nn.Linear(5, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))
probability = nn.BCELoss()
optimizer = torch.optim.RMSprop(model.parameters())
for a, b in DataLoader(TensorDataset(x, y), batch_size=50, sampler=sampler):
    scores = model(a)
    loss = criterion(scores, b) + probability(torch.sigmoid(scores), 0.9 * b + 0.05)
    loss = loss + criterion(model(torch.randn(20, 5)), torch.full((20, 1), 0.9))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
