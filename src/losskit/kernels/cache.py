"""The folder where printed kernels lie, and numba's compiled code beside them."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Collection
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from losskit.kernels.locks import alone

_log = logging.getLogger("losskit")


def directory() -> Path:
    """`$LOSSKIT_CACHE_DIR`, else the user's cache folder; a temporary one where that cannot be written."""
    return _writable(os.environ.get("LOSSKIT_CACHE_DIR") or str(_of_user() / "losskit"))


def _of_user() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")


def _home() -> Path:
    """The user's folder; nothing can be kept for users of a container who have none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


@functools.cache
def _writable(wanted: str) -> Path:
    path = Path(wanted).absolute()  # the process may change its folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as problem:
        found = Path(tempfile.mkdtemp(prefix="losskit-"))
        atexit.register(_remove, found, os.getpid())
        _log.warning(
            "kernels are kept for this process alone, in %s: cannot write %s (%s). "
            "Set LOSSKIT_CACHE_DIR to a folder that can be written.",
            found,
            path,
            problem,
        )
        return found


def _remove(folder: Path, owner: int) -> None:
    """At the end of the process that made it, not of its forked children."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def load(name: str, source: str) -> ModuleType:
    """The module with this source, from a file whose name holds its hash: of several processes one compiles it.

    A file that does not hold the source any more is written anew, and so is compiled code that cannot be read.
    """
    key = f"{name}_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
    path, data = directory() / f"{key}.py", source.encode()
    if not _is_whole(path, data):
        with alone(_seal(path)):
            if not _is_whole(path, data):
                return _made(key, path, data)
    return _imported(key, path)


def _made(key: str, path: Path, data: bytes) -> ModuleType:
    """The module, compiled into a file that is written whole or not at all, and sealed when all is there."""
    _drop_compiled(path)
    _replace(path, data)
    module = _imported(key, path)
    _seal(path).write_text(_sum(path))
    return module


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _imported(key: str, path: Path) -> ModuleType:
    loader = _WithoutBytecode(f"losskit_kernel_{key}", str(path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # numba looks a function's module up by its name
    loader.exec_module(module)
    return module


class _WithoutBytecode(SourceFileLoader):
    """A kernel's source is short: it is read as it stands, and no file beside it can be out of step."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


# Machine code is not looked at before it runs: a seal, the hash of the files, says that they are those once written.
# It is also what a process holds while it compiles.


def _seal(path: Path) -> Path:
    return path.with_suffix(".seal")


def _is_whole(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data and _seal(path).read_bytes() == _sum(path).encode()
    except OSError:
        return False


def _compiled(path: Path) -> list[Path]:
    return sorted((path.parent / "__pycache__").glob(f"{path.stem}.*"))


def _sum(path: Path) -> str:
    total = hashlib.sha256()
    for file in _compiled(path):
        total.update(file.read_bytes())
    return total.hexdigest()


def _drop_compiled(path: Path) -> None:
    for file in _compiled(path):
        file.unlink(missing_ok=True)


def kept(losses: Collection[str] = ()) -> list[dict[str, Any]]:
    """What each kernel does, the name of its file, and the bytes of all its files; of these losses, or of all."""
    found = []
    for path in _sources(losses):
        with contextlib.suppress(OSError):  # removed meanwhile
            does = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip('".')
            size = sum(file.stat().st_size for file in (path, *_compiled(path)))
            found.append({"kernel": does, "file": path.name, "bytes": size})
    return found


def clear(losses: Collection[str] = ()) -> int:
    """Remove the kernels of these losses, or all; returns how many there were."""
    paths = _sources(losses)
    for path in paths:
        _drop_compiled(path)
        _seal(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return len(paths)


def _sources(losses: Collection[str]) -> list[Path]:
    return [path for path in sorted(directory().glob("*.py")) if not losses or path.stem.rpartition("_")[0] in losses]
