import torch
from torch import nn

import losskit as lk

torch.manual_seed(0)
x = torch.zeros(400, 1)
y = torch.where(torch.arange(400) % 5 == 0, 10.0, 0.0)[:, None] + torch.randn(400, 1)
model = nn.Linear(1, 1, bias=True)
nn.init.constant_(model.bias, 0.2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
loss = lk.to_torch(lk.quantile(level=0.95))
watch = lk.watch(loss=loss, better="low")
for _ in range(20):
    for _ in range(4):
        value = loss(model(x), y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        watch.step(value)
    watch.epoch(metric=(model(x) - y).abs().mean())  # LK708
