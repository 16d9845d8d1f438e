"""The one loop of all pointwise kernels, printed around the scalar source of a loss."""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Iterator
from typing import NamedTuple

import llvmlite.binding
import numba
import numpy as np

from losskit._version import __version__
from losskit.core.definition import Definition, Graphs
from losskit.core.domains import Domain
from losskit.kernels import blocks, elementary, intrinsics
from losskit.kernels.blocks import BLOCK
from losskit.ops import normal, vocabulary
from losskit.ops.graph import Node
from losskit.ops.source import lines, literal


class Task(NamedTuple):
    """What one kernel does: sums `each` or not, stores arrays, in one dtype, with a weight and a mask or without."""

    summed: bool
    stored: tuple[str, ...]
    dtype: str
    weighted: bool = False
    masked: bool = False


PART = 512 * BLOCK  # what one call of a kernel takes at most

_MODULE = '''\
"""{title}"""
# losskit {version}, {fingerprint}

import numpy as np
from numba import njit

from losskit.kernels.blocks import BLOCK, LANES, OPTIONS, block_sum, sum_by_halves
{imports}
T = np.{dtype}
{constants}

@njit("{signature}", cache=True, **OPTIONS)
def kernel({arguments}):
{loop}
'''


def source(definition: Definition, graphs: Graphs, task: Task) -> str:
    """The module of a kernel: its loop takes the inputs, the parameters and what `task` asks for, in this order."""
    return _Printer(definition, graphs, task).module()


def data_params(graphs: Graphs) -> tuple[str, ...]:
    """The parameters that a kernel takes as numbers; the others are in its source."""
    return tuple(name for name, value in graphs.params.items() if isinstance(value, Node))


class _Printer:
    def __init__(self, definition: Definition, graphs: Graphs, task: Task):
        self.definition, self.task = definition, task
        outputs = (*(("each",) if task.summed else ()), *task.stored)
        nodes = [x for output in outputs for x in graphs.nodes(output)]
        self.elements = {name: f"x_{name}" for name in definition.inputs}
        self.params = {name: f"p_{name}" for name in data_params(graphs)}
        self.stores = [f"out{i}" for i in range(len(nodes) - task.summed)]
        self.arrays = {f"all_{name}": element for name, element in self.elements.items()}
        if task.weighted:
            self.arrays["all_weights"] = "weight"
        if task.masked:
            self.arrays["all_kept"] = "kept"
        self.body = lines(nodes, {**self.elements, **self.params})
        self.constants = {"zero": 0.0, "most": float(np.finfo(task.dtype).max), **self.body.constants}

    def module(self) -> str:
        d, task = self.definition, self.task
        loop = "\n".join(f"    {line}" for line in self._function())  # names its constants on the way
        asked = ", ".join((*(("Σ each",) if task.summed else ()), *task.stored))
        functions = ", ".join(sorted(self.body.functions))
        return _MODULE.format(
            title=f"{d.name} in {task.dtype}: {asked}.",
            version=__version__,
            fingerprint=fingerprint(),
            imports=f"from losskit.kernels.{task.dtype} import {functions}\n" if functions else "",
            dtype=task.dtype,
            constants="".join(f"{name} = T({literal(number)})\n" for name, number in self.constants.items()),
            signature=self._signature(),
            arguments=", ".join([*self.arrays, *self.params.values(), "scale", *(f"all_{s}" for s in self.stores)]),
            loop=loop,
        )

    def _signature(self) -> str:
        """The types of the arguments: arrays without gaps, parameters and the scale as Python's numbers."""
        array, mask = f"{self.task.dtype}[::1]", "boolean[::1]"
        arrays = [mask if element == "kept" else array for element in self.arrays.values()]
        types = [*arrays, *("float64" for _ in self.params), "float64", *(array for _ in self.stores)]
        return f"Tuple((float64, boolean))({', '.join(types)})"

    def _function(self) -> Iterator[str]:
        summed = self.task.summed
        yield f'"""{"Σ each" if summed else "0"}, and whether every entry lies in its domain."""'
        for name in (*self.params.values(), "scale"):
            yield f"{name} = T({name})"
        yield f"size = {next(iter(self.arrays))}.size"
        if summed:
            yield "each = np.empty(BLOCK, T)"
            yield "sums = np.zeros(size // BLOCK + 1)"
            yield "lanes = np.empty(LANES)"
        yield "good = True"
        yield "for start in range(0, size, BLOCK):"
        yield "    stop = min(start + BLOCK, size)"
        for name, element in (*self.arrays.items(), *((f"all_{s}", s) for s in self.stores)):
            yield f"    some_{element} = {name}[start:stop]"
        yield "    for i in range(stop - start):"
        yield from (f"        {line}" for line in self._entry())
        if summed:
            yield "    sums[start // BLOCK] = block_sum(each, stop - start, lanes)"
        yield f"return {'sum_by_halves(sums)' if summed else '0.0'}, good"

    def _entry(self) -> Iterator[str]:
        """One entry: read, hide what is masked, check, compute, write."""
        for element in self.arrays.values():
            yield f"{element} = some_{element}[i]"
        if self.task.masked:
            for name, element in self.elements.items():
                inside = self._constant(self.definition.inputs[name].interior)
                yield f"{element} = {element} if kept else {inside}"
            if self.task.weighted:
                yield "weight = weight if kept else zero"
        yield f"good &= {' & '.join(self._conditions())}"
        yield from self.body.assignments
        results = list(self.body.results)
        if self.task.summed:
            yield f"each[i] = {self._weighed(results.pop(0))}"
        for store, result in zip(self.stores, results, strict=True):
            yield f"some_{store}[i] = {self._weighed(result)} * scale"

    def _weighed(self, result: str) -> str:
        if self.task.weighted:
            return f"({result} * weight)"
        return f"({result} if kept else zero)" if self.task.masked else result

    def _conditions(self) -> Iterator[str]:
        for name, element in self.elements.items():
            yield from self._in_domain(self.definition.inputs[name], element)
        if self.task.weighted:
            yield "(zero <= weight) & (weight <= most)"

    def _in_domain(self, domain: Domain, element: str) -> Iterator[str]:
        if domain.only:
            allowed = (f"({element} == {self._constant(number)})" for number in domain.only)
            yield f"({' | '.join(allowed)})"
            return
        low = self._constant(domain.low) if np.isfinite(domain.low) else "-most"
        high = self._constant(domain.high) if np.isfinite(domain.high) else "most"
        yield f"({low} {'<' if domain.open_low else '<='} {element})"
        yield f"({element} {'<' if domain.open_high else '<='} {high})"

    def _constant(self, number: float) -> str:
        for name, known in self.constants.items():
            if known == number:
                return name
        self.constants[f"d{len(self.constants)}"] = number
        return f"d{len(self.constants) - 1}"


@functools.cache
def fingerprint() -> str:
    """What compiled code depends on beside the printed source: the words' own source, numba, the processor."""
    modules = (blocks, elementary, intrinsics, normal, vocabulary)
    contents = hashlib.sha256("".join(map(inspect.getsource, modules)).encode())
    host = (sys.implementation.cache_tag, numba.__version__, llvmlite.binding.get_host_cpu_name())
    return " ".join((contents.hexdigest()[:16], *map(str, host)))
