"""Who is compared with, and which of them are here."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from typing import Any, NamedTuple

from benchmarks.measuring import Side


class Peer(NamedTuple):
    """Its column, the module that it needs, the file here that speaks for it, the prefix of that file's functions."""

    title: str
    module: str
    file: str
    prefix: str = ""


PEERS = {
    "torch": Peer("torch", "torch", "on_torch"),
    "torch.compile": Peer("compile", "torch", "on_torch", "compiled_"),
    "jax.jit": Peer("jax", "jax", "on_jax"),
    "scikit-learn": Peer("sklearn", "sklearn", "on_sklearn"),
}


def is_here(name: str) -> bool:
    compiles = name != "torch.compile" or shutil.which(os.environ.get("CXX", "c++")) is not None
    return compiles and importlib.util.find_spec(PEERS[name].module) is not None


def absent() -> list[str]:
    return [name for name in PEERS if not is_here(name)]


def sides(asked: str, loss: str, pred: Any, target: Any, dtype: str = "float32") -> dict[str, Side]:
    """What every peer has for this loss on NumPy arrays that are given it as `dtype`.

    `asked` is "value_and_gradient" or "gradient_and_hessian".
    """
    found = {}
    for name, peer in PEERS.items():
        if is_here(name):
            make = getattr(importlib.import_module(f"benchmarks.{peer.file}"), peer.prefix + asked)
            found[name] = make(loss, pred, target, dtype)
    return {name: side for name, side in found.items() if side is not None}
