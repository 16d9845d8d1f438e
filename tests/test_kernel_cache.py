"""Printed and compiled kernels on the disk: quick, atomic, whole. Each test runs a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

USE = """
import hashlib
import numpy as np
import losskit as lk

z, y = np.random.default_rng(0).normal(size=(2, 1 << 18)).astype("float32")
y = 1 / (1 + np.exp(-y))
value, gradient = lk.binary_cross_entropy().value_and_gradient(z, y)
print(value.tobytes().hex(), hashlib.sha256(gradient.tobytes()).hexdigest())
"""

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")

sys.meta_path.insert(0, Blocked())
import numpy as np
import losskit as lk
from losskit.errors import MissingExtra

z, y = np.random.default_rng(0).normal(size=(2, 1 << 18)).astype("float32")
value, gradient = lk.huber().value_and_gradient(z, y)
print(value.dtype, gradient.shape, lk.huber()(z, y) == value)
try:
    lk.huber().kernel_source()
except MissingExtra as error:
    print(error.remedy)
"""


def start(code, **environment):
    settings = {**os.environ, **{k: str(v) for k, v in environment.items()}}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    return subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    """What the process says on stdout and stderr."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


def use(cache):
    """The bits of a first call, and what is said on stderr."""
    return end(start(USE, LOSSKIT_CACHE_DIR=cache))


def files(cache, pattern="*"):
    return {path.relative_to(cache): path.read_bytes() for path in cache.rglob(pattern) if path.is_file()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache with one kernel, and the bits that came out."""
    cache = tmp_path_factory.mktemp("filled")
    return cache, use(cache)[0]


@pytest.fixture
def cache(filled, tmp_path):
    """A copy to spoil."""
    for name, data in files(filled[0]).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for path in filled[0].glob("*.py"):  # numba looks at the time of a source, too
        times = path.stat()
        os.utime(tmp_path / path.name, ns=(times.st_atime_ns, times.st_mtime_ns))
    return tmp_path


def test_nothing_is_written_twice_and_the_bits_are_the_same(filled):
    cache, bits = filled
    before = files(cache)
    assert use(cache) == (bits, "")
    assert files(cache) == before


def test_of_processes_that_race_one_compiles(tmp_path, filled):
    """The others wait for it, without a word."""
    counted = USE.replace(
        "z, y = ",
        "from losskit.kernels import cache\nmake = cache._made\n"
        "cache._made = lambda *given: print('made') or make(*given)\nz, y = ",
    )
    racing = [start(counted, LOSSKIT_CACHE_DIR=tmp_path) for _ in range(3)]
    found = sorted((end(process) for process in racing), key=lambda said: len(said[0]))
    assert found == [(filled[1], ""), (filled[1], ""), (f"made\n{filled[1]}", "")]
    assert {path.name for path in files(tmp_path)} == {path.name for path in files(filled[0])}


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        (".py", "cut"),
        (".py", "rubbish"),
        (".*.nbi", "cut"),
        (".*.nbi", "rubbish"),
        (".*.nbc", "cut"),
        (".*.nbc", "gone"),
        (".seal", "rubbish"),
    ],
)
def test_a_corrupted_file_is_rebuilt(cache, filled, pattern, how):
    (path,) = cache.rglob(f"binary_cross_entropy_*{pattern}")
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(data[: len(data) // 2] + b"\xff" * 64 + data[len(data) // 2 + 64 :])
    assert use(cache) == (filled[1], "")
    assert {name.name for name in files(cache)} == {name.name for name in files(filled[0])}


def test_a_cache_that_cannot_be_written(tmp_path):
    """It works from a temporary folder, says so once, and leaves nothing behind."""
    (tmp_path / "file").write_text("")
    (tmp_path / "temporary").mkdir()
    code = (
        USE
        + """
import os, warnings
warnings.simplefilter("ignore")  # Python 3.12 on a fork beside threads
child = os.fork()
if child == 0:
    raise SystemExit  # which leaves its parent's folder alone
os.waitpid(child, 0)
print(lk.binary_cross_entropy()(z, y) > 0)
"""
    )
    out, err = end(start(code, LOSSKIT_CACHE_DIR=tmp_path / "file" / "cache", TMPDIR=tmp_path / "temporary"))
    assert out.endswith("True\n")
    assert err.count("LOSSKIT_CACHE_DIR") == 1
    assert len(err.splitlines()) == 1
    assert not list((tmp_path / "temporary").iterdir())


def test_another_version_compiles_anew(cache, filled):
    """A change of the words' own source is another kernel."""
    change = "import losskit.kernels.template\nlosskit.kernels.template.fingerprint = lambda: 'another'\n"
    assert end(start(change + USE, LOSSKIT_CACHE_DIR=cache))[0] == filled[1]
    assert len(files(cache, "*.py")) == 2


def test_without_numba_the_definition_runs():
    out, err = end(start(BLOCKED))
    assert out.splitlines() == ["float32 (262144,) True", 'pip install "losskit[cpu]"']
    assert not err


def test_a_small_call_imports_no_numba():
    code = """
    import sys
    import numpy as np
    import losskit as lk
    lk.huber()(np.zeros(100), np.ones(100))
    print("numba" in sys.modules)
    """
    assert end(start(code))[0] == "False\n"


def test_the_folder_follows_the_system(monkeypatch, tmp_path):
    from losskit.kernels import cache

    monkeypatch.delenv("LOSSKIT_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory() == tmp_path / "losskit"
    assert (tmp_path / "losskit").is_dir()


def test_a_relative_folder_stays_where_it_was(monkeypatch, tmp_path):
    from losskit.kernels import cache

    monkeypatch.setenv("LOSSKIT_CACHE_DIR", "kept_here")
    monkeypatch.chdir(tmp_path)
    assert cache.directory() == tmp_path / "kept_here"
    monkeypatch.chdir("/")
    assert cache.directory() == tmp_path / "kept_here"


def test_a_user_without_a_home(monkeypatch, caplog):
    from losskit.kernels import cache

    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("LOSSKIT_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("pathlib.Path.home", nowhere)
    assert cache.directory().is_dir()
    assert cache.directory() == cache.directory()
    assert len(caplog.records) == 1


def test_who_waits_in_vain_goes_on(monkeypatch, tmp_path):
    from losskit.kernels import locks

    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    with locks.alone(tmp_path / "file"), locks.alone(tmp_path / "file"):
        pass
