import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.tensor([[2.0, -1.0]]).repeat(64, 1)
model, loss = nn.Linear(5, 2), lk.to_torch(lk.cross_entropy())
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
watch = lk.watch(loss=loss)
for _ in range(20):
    value = loss(model(x), y)  # LK305
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    watch.step(value)  # LK712
