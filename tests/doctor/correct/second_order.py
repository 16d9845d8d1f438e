"""L-BFGS with a closure, a gradient through a gradient, and a loss that is only looked at."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)
model = nn.Linear(5, 1)
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5)


def closure():
    optimizer.zero_grad()
    loss = F.huber_loss(model(x), y)
    loss.backward()
    return loss


optimizer.step(closure)
loss = F.mse_loss(model(x), y)
gradients = torch.autograd.grad(loss, model.parameters(), create_graph=True)
sum(g.pow(2).sum() for g in gradients).backward()
functional = torch.func.grad(lambda w: F.mse_loss(x @ w, y))(torch.zeros(5, 1))
each = torch.func.vmap(lambda row, goal: F.mse_loss(row, goal))(model(x), y)
print(functional.shape, each.shape)
