"""One process at a time, where files can be locked; and one thread, in processes that may fork."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 60.0  # seconds: far longer than a kernel takes to compile


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a file, which is made if need be, that no other process holds.

    Who waits in vain goes on without it, and so does everybody on systems that lock no files.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with path.open("ab") as file:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        try:
            yield
        finally:  # a child forked meanwhile has the file open, too: closing it here would not let go
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)


class ThreadLock:
    """A lock of this process. A child that is forked while it is held finds it open: who held it is not there."""

    def __init__(self) -> None:
        self._open()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._open)

    def _open(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()
