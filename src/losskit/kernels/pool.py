"""A small pool of threads for kernels, which hold no lock of the interpreter while they run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from losskit.errors import InvalidInput

_lock = threading.Lock()
_executor: ThreadPoolExecutor | None = None
_threads: int | None = None


def set_num_threads(number: int) -> None:
    """How many threads a kernel may use, the calling one among them; the cores of the process unless set.

    The numbers that come out are the same, bit for bit, whatever it is.
    """
    global _executor, _threads
    if not isinstance(number, int) or number < 1:
        raise InvalidInput(f"set_num_threads({number!r}): expected a whole number from 1 on", "1 uses no other thread")
    with _lock:
        if _executor is not None:
            _executor.shutdown(wait=False)  # what runs on it comes to its end
        _executor, _threads = None, number


def num_threads() -> int:
    return _threads or _cores()


def run(work: Callable[[int], None], parts: int) -> None:
    """`work(0)` to `work(parts - 1)`, shared among the threads; returns when all are done.

    The first exception, Ctrl-C included, stops the rest and is raised here, after every thread has let go.
    """
    waiting = iter(range(parts))  # one step of it is atomic: each part goes to one thread
    stopped = threading.Event()

    def take() -> None:
        try:
            for part in waiting:
                if stopped.is_set():
                    return
                work(part)
        except BaseException:
            stopped.set()
            raise

    helpers = _start(take, min(num_threads(), parts) - 1)
    try:
        take()
    finally:
        _finish(helpers, stopped)


def _finish(helpers: list[Future[None]], stopped: threading.Event) -> None:
    """Wait for those that have begun: the others have nothing left to do."""
    try:
        for helper in helpers:
            if not helper.cancel():
                helper.result()
    except BaseException:
        stopped.set()
        for helper in helpers:
            if not helper.cancel():
                helper.exception()
        raise


def _start(task: Callable[[], None], number: int) -> list[Future[None]]:
    global _executor
    if number < 1:
        return []
    with _lock:
        if _executor is None:
            _executor = ThreadPoolExecutor(num_threads() - 1, "losskit")
        try:
            return [_executor.submit(task) for _ in range(number)]
        except RuntimeError:  # the interpreter is shutting down: the calling thread does it alone
            return []


def _cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _forget() -> None:
    """A forked child has none of its parent's threads."""
    global _lock, _executor
    _lock, _executor = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
