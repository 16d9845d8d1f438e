"""torch.func: per-sample gradients by vmap, a functional call, and the Jacobian of a gradient."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad, jacrev, vmap

torch.manual_seed(0)
x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))
model = nn.Linear(5, 3)
parameters = {name: p.detach() for name, p in model.named_parameters()}


def loss(parameters, x, y):
    return F.cross_entropy(functional_call(model, parameters, (x[None],)), y[None])


for _ in range(3):
    each = vmap(grad(loss), in_dims=(None, 0, 0))(parameters, x, y)
    bends = jacrev(grad(loss))(parameters, x[0], y[0])
    parameters = {name: p - 0.1 * each[name].mean(0) for name, p in parameters.items()}
