"""The folder where printed kernels lie, and numba's compiled code beside them."""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_log = logging.getLogger("losskit")


def directory() -> Path:
    """`$LOSSKIT_CACHE_DIR`, else the user's cache folder; a temporary one where that cannot be written."""
    return _writable(os.environ.get("LOSSKIT_CACHE_DIR") or str(_of_user() / "losskit"))


def _of_user() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@functools.cache
def _writable(wanted: str) -> Path:
    path = Path(wanted)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as problem:
        found = Path(tempfile.mkdtemp(prefix="losskit-"))
        atexit.register(shutil.rmtree, found, ignore_errors=True)
        _log.warning(
            "kernels are kept for this process alone, in %s: cannot write %s (%s). "
            "Set LOSSKIT_CACHE_DIR to a folder that can be written.",
            found,
            path,
            problem,
        )
        return found


def load(name: str, source: str) -> ModuleType:
    """The module with this source, from a file whose name holds its hash: written once, compiled once.

    A file that does not hold the source any more is written anew, and so is compiled code that cannot be read.
    """
    key = f"{name}_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
    path = directory() / f"{key}.py"
    _write(path, source)
    if _is_sealed(path):
        return _imported(key, path)
    _drop_compiled(path)
    module = _imported(key, path)
    _replace(_seal(path), _sum(path).encode())
    return module


def _write(path: Path, source: str) -> None:
    """Atomically: whoever reads sees all of it or nothing, and of two writers either may be last."""
    data = source.encode()
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass
    _drop_compiled(path)
    _replace(path, data)


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


def _seal(path: Path) -> Path:
    return path.with_suffix(".seal")


def _is_sealed(path: Path) -> bool:
    try:
        return _seal(path).read_text() == _sum(path)
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
    _seal(path).unlink(missing_ok=True)


def kept() -> list[dict[str, Any]]:
    """What each kernel does, the name of its file, and the bytes of all its files."""
    found = []
    for path in sorted(directory().glob("*.py")):
        does = path.read_text(encoding="utf-8").partition("\n")[0].strip('".')
        size = sum(file.stat().st_size for file in (path, *_compiled(path)))
        found.append({"kernel": does, "file": path.name, "bytes": size})
    return found


def clear() -> int:
    """Remove every kernel; returns how many there were."""
    paths = list(directory().glob("*.py"))
    for path in paths:
        _drop_compiled(path)
        path.unlink(missing_ok=True)
    return len(paths)
