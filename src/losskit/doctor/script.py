"""Run a script or a module under observation, as `python script.py ...` or `python -m package.module ...` would."""

from __future__ import annotations

import atexit
import contextlib
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from losskit.doctor.observe import Observation
from losskit.errors import InvalidInput


def run(script: Path, arguments: Sequence[str], observation: Observation) -> str | None:
    """What ended the script early, in one line, its traceback having gone to stderr; None if it ran to its end."""
    is_file = script.is_file()
    with _as_main(script, is_file, arguments):
        if not is_file and not _is_module(str(script)):
            raise InvalidInput(f"no such script: {script}", "Give the path of a Python file, or a module's name.")
        with observation:
            try:
                _run(script, is_file)
            except SystemExit as ended:
                return None if ended.code in (None, 0) else _last_words(ended)
            except (KeyboardInterrupt, _Terminated) as ended:
                return type(ended).__name__.strip("_")
            except BaseException as error:
                _print_traceback(error)
                return f"{type(error).__name__}: {error}".partition("\n")[0]
    return None


class _Terminated(BaseException):
    """SIGTERM arrived, as from `timeout`."""


def _run(script: Path, is_file: bool) -> None:
    with _terminated_raises():
        if is_file:
            runpy.run_path(str(script.absolute()), run_name="__main__")
        else:
            runpy.run_module(str(script), run_name="__main__", alter_sys=True)


def _is_module(name: str) -> bool:
    """Whether there is a package or module of that name; its parents are not yet imported."""
    parts = name.split(".")
    return all(part.isidentifier() for part in parts) and parts[-1] != "py" and find_spec(parts[0]) is not None


@contextlib.contextmanager
def _as_main(script: Path, is_file: bool, arguments: Sequence[str]) -> Iterator[None]:
    """`sys.argv` and `sys.path` as the script expects them. The folder and the streams, which it may change, return."""
    argv, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent if is_file else Path.cwd()))
    try:
        with contextlib.chdir("."), contextlib.redirect_stdout(sys.stdout), contextlib.redirect_stderr(sys.stderr):
            yield
    finally:
        sys.argv, sys.path[:] = argv, path


@contextlib.contextmanager
def _terminated_raises() -> Iterator[None]:
    """SIGTERM raises `_Terminated` in this process, unless the script handles it; those forked off end by it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    process = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        if os.getpid() == process:
            raise _Terminated
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _last_words(ended: SystemExit) -> str:
    if isinstance(ended.code, str):
        print(ended.code, file=sys.stderr)
    return f"SystemExit: {ended.code}"


def _print_traceback(error: BaseException) -> None:
    """Without the frames of losskit and runpy that stand before the script's own."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals["__name__"] in (__name__, "runpy"):
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """What is printed meanwhile goes to stderr, from C and child processes too; and what exit handlers print."""
    sys.stdout.flush()
    with contextlib.redirect_stdout(sys.stderr):
        kept = os.dup(1)
        os.dup2(2, 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            atexit.register(_end_stdout)  # the last that is registered is the first to run


def _end_stdout() -> None:
    sys.stdout.flush()
    os.dup2(2, 1)
