"""DataParallel, a wrapper that gathers losses in a dictionary, and a model that returns its own loss."""

import torch
import torch.nn.functional as F
from torch import nn


class WithLoss(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.heads = nn.ModuleDict({"kind": nn.Linear(8, 3), "size": nn.Linear(8, 1)})

    def forward(self, x, labels):
        hidden = self.model(x)
        losses = {
            "kind": F.cross_entropy(self.heads["kind"](hidden), labels["kind"]),
            "size": F.l1_loss(self.heads["size"](hidden).squeeze(-1), labels["size"]),
        }
        return {"loss": sum(losses.values()), **{name: loss.detach() for name, loss in losses.items()}}


torch.manual_seed(0)
x, labels = torch.randn(32, 5), {"kind": torch.randint(0, 3, (32,)), "size": torch.rand(32)}
model = nn.DataParallel(WithLoss(nn.Sequential(nn.Linear(5, 8), nn.ReLU())))
optimizer = torch.optim.Adam(model.module.parameters())
for _ in range(3):
    out = model(x, labels=labels)
    optimizer.zero_grad()
    out["loss"].mean().backward()
    optimizer.step()
