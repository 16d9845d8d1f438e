"""Run a script under observation, as `python script.py ...` would."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from losskit.doctor.observe import Observation
from losskit.errors import InvalidInput


def run(script: Path, arguments: Sequence[str], observation: Observation) -> str | None:
    """What ended the script early, in one line, its traceback having gone to stderr; None if it ran to its end."""
    if not script.is_file():
        raise InvalidInput(f"no such script: {script}", "Give the path of a Python file.")
    path = str(script.absolute())
    with _as_main(script, arguments), observation:
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as ended:
            return None if ended.code in (None, 0) else _last_words(ended)
        except KeyboardInterrupt:
            return "KeyboardInterrupt"
        except Exception as error:
            _print_traceback(error, path)
            return f"{type(error).__name__}: {error}".partition("\n")[0]
    return None


@contextlib.contextmanager
def _as_main(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    """`sys.argv` and `sys.path` as the script expects them."""
    argv, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path


def _last_words(ended: SystemExit) -> str:
    if isinstance(ended.code, str):
        print(ended.code, file=sys.stderr)
    return f"SystemExit: {ended.code}"


def _print_traceback(error: Exception, path: str) -> None:
    """Without the frames of losskit and runpy that stand before the script's own."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != path:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames or error.__traceback__)


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """What is printed meanwhile goes to stderr, from C and from child processes too."""
    sys.stdout.flush()
    with contextlib.redirect_stdout(sys.stderr):
        kept = os.dup(1)
        os.dup2(2, 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
