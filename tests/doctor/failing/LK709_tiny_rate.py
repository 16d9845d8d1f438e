import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
model, loss = nn.Linear(5, 3), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
watch = lk.watch(loss=loss)
for _ in range(4):
    for _ in range(40):
        value = loss(model(x), y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        watch.step(value)
    watch.epoch()  # LK709
