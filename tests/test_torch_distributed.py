"""DistributedDataParallel on two gloo processes: with a shared normalizer the gradients are those of one process."""

from __future__ import annotations

import sys
from subprocess import PIPE, STDOUT, Popen

import pytest
import torch

import losskit as lk

STEP = """
import sys
from datetime import timedelta

import torch
import torch.distributed as dist

import losskit as lk

rank, store, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
torch.set_num_threads(1)
dist.init_process_group("gloo", f"file://{store}", timeout=timedelta(seconds=60), rank=rank, world_size=2)
data = torch.load(out + ".data")
results = {}
for name, (loss, X, target, where, network) in {
    "huber": (lk.huber(), data["X"], data["y"], data["where"], torch.nn.Linear(4, 1)),
    "cross_entropy": (lk.cross_entropy(class_weight=[1.0, 3.0, 0.5]), data["X"], data["ids"], None,
                      torch.nn.Linear(4, 3)),
}.items():
    network.load_state_dict(data[name])
    network = torch.nn.parallel.DistributedDataParallel(network)
    criterion = lk.to_torch(loss)
    mine = slice(0, 3) if rank == 0 else slice(3, None)
    parts = [slice(0, 2), slice(2, None)]  # each process accumulates over two batches
    batches = []
    for rows in parts:
        batches.append([None if a is None else a[mine][rows] for a in (X, target, where)])
    n = sum(criterion.divisor(network.module(X), y, where=m) for X, y, m in batches)
    dist.all_reduce(n)
    for i, (X, y, m) in enumerate(batches):
        network.require_backward_grad_sync = i + 1 == len(batches)
        criterion(network(X), y, where=m, normalizer=n / dist.get_world_size()).backward()
    results[name] = [p.grad for p in network.parameters()]
torch.save(results, f"{out}.{rank}")
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def data():
    torch.manual_seed(0)
    where = torch.rand(12, 1) > 0.3
    where[:3] = torch.tensor([[True], [False], [False]])  # the first process keeps one row, the other most
    ids = torch.randint(0, 3, (12,))
    ids[4:7] = -100
    return {
        "X": torch.randn(12, 4),
        "y": torch.randn(12, 1).masked_fill(~where, torch.nan),
        "where": where,
        "ids": ids,
        "huber": torch.nn.Linear(4, 1).state_dict(),
        "cross_entropy": torch.nn.Linear(4, 3).state_dict(),
    }


@pytest.fixture(scope="module")
def gradients(data, tmp_path_factory):
    """Of both processes: {loss: [weight, bias]}."""
    folder = tmp_path_factory.mktemp("ddp")
    torch.save(data, folder / "step.data")
    command = [sys.executable, "-c", STEP]
    processes = [
        Popen([*command, str(rank), str(folder / "store"), str(folder / "step")], stdout=PIPE, stderr=STDOUT)
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    return [torch.load(folder / f"step.{rank}") for rank in range(2)]


def one_process(loss, network, X, target, where):
    lk.to_torch(loss)(network(X), target, where=where).backward()
    return [p.grad for p in network.parameters()]


def test_a_mask_that_is_uneven_over_processes(data, gradients):
    network = torch.nn.Linear(4, 1)
    network.load_state_dict(data["huber"])
    expected = one_process(lk.huber(), network, data["X"], data["y"], data["where"])
    for rank in gradients:
        torch.testing.assert_close(rank["huber"], expected, rtol=1e-6, atol=1e-7)


def test_labels_and_class_weights_that_are_uneven_over_processes(data, gradients):
    network = torch.nn.Linear(4, 3)
    network.load_state_dict(data["cross_entropy"])
    loss = lk.cross_entropy(class_weight=[1.0, 3.0, 0.5])
    expected = one_process(loss, network, data["X"], data["ids"], None)
    for rank in gradients:
        torch.testing.assert_close(rank["cross_entropy"], expected, rtol=1e-6, atol=1e-7)
