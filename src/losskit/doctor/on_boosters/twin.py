"""A twin of a function, so that calling it leaves nothing behind in the program."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import random
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from losskit.doctor.place import FRAMEWORKS

_SHARED = (np.ndarray, types.ModuleType, type, types.BuiltinFunctionType)
_SHARED_HOMES = FRAMEWORKS | {"pandas", "polars", "pyarrow", "scipy"}


class NoTwin(Exception):
    """Something that the function holds cannot be copied."""


def twin(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` with copies of what it may remember from call to call: its object, its closure, the globals that it names.

    Arrays, modules and what frameworks made are shared; so are global functions.
    """
    try:
        return _twin(f)
    except Exception as error:
        raise NoTwin from error


def users_function(f: Callable[..., Any]) -> Callable[..., Any]:
    """What a host's estimator, or a partial application, has wrapped."""
    inner = None
    if isinstance(f, functools.partial) or type(f).__module__.startswith("lightgbm."):
        inner = getattr(f, "func", None)
    elif isinstance(f, types.FunctionType) and str(f.__module__).startswith("xgboost."):
        inner = inspect.getclosurevars(f).nonlocals.get("func")
    return f if inner is None else users_function(inner)


@contextlib.contextmanager
def unnoticed() -> Iterator[None]:
    """Neither random draws nor warnings nor what is printed reaches the program."""
    drawn, also_drawn = np.random.get_state(), random.getstate()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(drawn)
        random.setstate(also_drawn)


def _twin(f: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(f, functools.partial):
        return functools.partial(_twin(f.func), *f.args, **f.keywords)
    if isinstance(f, types.FunctionType):
        named = {name: f.__globals__[name] for name in f.__code__.co_names if name in f.__globals__}
        copies = {name: x if isinstance(x, types.FunctionType) else _copied(x) for name, x in named.items()}
        cells = tuple(types.CellType(_copied(cell.cell_contents)) for cell in f.__closure__ or ())
        found = types.FunctionType(f.__code__, {**f.__globals__, **copies}, f.__name__, f.__defaults__, cells)
        found.__kwdefaults__ = f.__kwdefaults__
        return found
    if isinstance(f, types.MethodType):
        return types.MethodType(f.__func__, copy.deepcopy(f.__self__))
    wrapped = users_function(f)  # LightGBM's wrapper, or an object that is called
    wrapper: Any = type(f)
    return copy.deepcopy(f) if wrapped is f else wrapper(_twin(wrapped))


def _copied(value: Any) -> Any:
    if isinstance(value, types.FunctionType):
        return _twin(value)
    home = type(value).__module__.partition(".")[0]
    return value if isinstance(value, _SHARED) or home in _SHARED_HOMES else copy.deepcopy(value)
