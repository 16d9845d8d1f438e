"""A short program for each loss, made from its declared inputs, and what it prints when it is run."""

from __future__ import annotations

import contextlib
import io
import pprint
from typing import Any

import numpy as np

from losskit.errors import LosskitError
from losskit.testing.samples import sample

NUMBERS = 12  # about as many as a reader looks at


def program(loss: Any) -> str:
    """A call of the loss on a few rows: the mean, each, and the gradient where it has one."""
    arrays = _readable(loss)
    call = f"({', '.join(arrays)})"
    lines = ["import numpy as np", "import losskit as lk", ""]
    lines += [f"{name} = {_literal(name, values)}" for name, values in arrays.items()]
    lines += [f"loss = {loss!r}", "", f"print(loss{call})", f"print(loss.each{call})"]
    lines += _gradient(loss, call) if loss.definition.trainable else []
    return "\n".join(lines)


def output(code: str) -> str:
    """What the program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<example>", "exec"), {})
    return printed.getvalue()


def _gradient(loss: Any, call: str) -> list[str]:
    wrt = loss.definition.wrt
    if len(wrt) == 1:
        return [f"print(loss.gradient{call})"]
    return [f"for gradient in loss.gradient{call}:  # in {', '.join(wrt)}", "    print(gradient)"]


def _readable(loss: Any) -> dict[str, np.ndarray]:
    """A sample of two decimals, or as it was drawn where a rounded one lies outside the domains."""
    of_an_item = sample(loss, rows=1)[loss.definition.lead].size
    drawn = sample(loss, rows=min(max(NUMBERS // of_an_item, 1), 4))
    rounded = {name: values if values.dtype.kind == "i" else np.round(values, 2) for name, values in drawn.items()}
    try:
        loss(*rounded.values())
    except LosskitError:
        return drawn
    return rounded


def _literal(name: str, values: np.ndarray) -> str:
    """`np.array(...)` as one writes it, long ones over several lines."""
    opening = "np.array("
    margin = len(f"{name} = {opening}")
    numbers = pprint.pformat(values.tolist(), width=72 - margin, compact=True)
    return opening + numbers.replace("\n", "\n" + " " * margin) + ")"
