import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randn(64, 1)
model, loss = nn.Linear(5, 1), nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
watch = lk.watch(loss=loss)
for step in range(80):
    size = 1000 if step == 70 else 1
    value = loss(model(x * size), y)
    optimizer.zero_grad()
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    watch.step(value)  # LK710
