"""DistributedDataParallel over gloo with one process, no_sync while it accumulates, and a join at the end."""

import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel

torch.manual_seed(0)
with tempfile.TemporaryDirectory() as folder:
    dist.init_process_group("gloo", init_method=f"file://{Path(folder) / 'meet'}", rank=0, world_size=1)
    x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
    model = DistributedDataParallel(nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        with model.no_sync():
            (F.cross_entropy(model(x[:16]), y[:16]) / 2).backward()
        loss = F.cross_entropy(model(x[16:]), y[16:]) / 2
        loss.backward()
        dist.all_reduce(loss.detach())
        optimizer.step()
    dist.destroy_process_group()
