"""Printed and compiled kernels on the disk: quick, atomic, whole. Each test runs a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

USE = """
import logging, sys, time
import numba
import numpy as np
import losskit as lk
import losskit.kernels.pointwise

z, y = np.random.default_rng(0).normal(size=(2, 1 << 18)).astype("float32")
y = 1 / (1 + np.exp(-y))
lk.huber()(z, y)  # numba itself starts up
start = time.process_time()
value, gradient = lk.binary_cross_entropy().value_and_gradient(z, y)
print(time.process_time() - start, value.tobytes().hex(), hash(gradient.tobytes()))
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
    settings = {**os.environ, "PYTHONHASHSEED": "0", **{k: str(v) for k, v in environment.items()}}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    return subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    """What the process says on stdout and stderr."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


def use(cache, **environment):
    """The seconds of the processor that a first call takes, its bits, and what is said on stderr."""
    out, err = end(start(USE, LOSSKIT_CACHE_DIR=cache, **environment))
    seconds, *bits = out.split()
    return float(seconds), bits, err


def files(cache, pattern="*"):
    return {path.relative_to(cache): path.read_bytes() for path in cache.rglob(pattern) if path.is_file()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache with one kernel, the time it took, and the bits that came out."""
    cache = tmp_path_factory.mktemp("filled")
    return cache, *use(cache)[:2]


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


def test_a_cold_cache_compiles_in_under_3_s(filled):
    assert filled[1] < 3.0


def test_a_warm_one_loads_in_under_a_tenth_of_a_second(filled):
    assert use(filled[0])[0] < 0.1


def test_nothing_is_written_twice_and_the_bits_are_the_same(filled):
    cache, _, bits = filled
    before = files(cache)
    assert use(cache)[1:] == (bits, "")
    assert files(cache) == before


def test_processes_may_race(tmp_path, filled):
    racing = [start(USE, LOSSKIT_CACHE_DIR=tmp_path) for _ in range(4)]
    found = {tuple(end(process)[0].split()[1:]) for process in racing}
    assert found == {tuple(filled[2])}
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")], "a file is left over"
    assert use(tmp_path)[1] == filled[2]


@pytest.mark.parametrize(
    ("pattern", "how"),
    [("*.py", "cut"), ("*.nbi", "cut"), ("*.nbi", "gone"), ("*.nbc", "changed"), ("*.nbc", "gone"), ("*.seal", "gone")],
)
def test_a_corrupted_file_is_rebuilt(cache, filled, pattern, how):
    (path,) = cache.rglob(f"binary_cross_entropy{pattern}")
    data = bytearray(path.read_bytes())
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    else:
        middle = len(data) // 2
        data[middle : middle + 64] = os.urandom(64)
        path.write_bytes(data)
    assert use(cache)[1:] == (filled[2], "")
    whole = {name.name for name in files(filled[0])}
    assert {name.name for name in files(cache)} == whole


def test_a_cache_that_cannot_be_written(tmp_path):
    """It works from a temporary folder, says so once, and leaves nothing behind."""
    (tmp_path / "file").write_text("")
    (tmp_path / "temporary").mkdir()
    code = USE + "print(lk.huber()(z, y) > 0)"
    out, err = end(start(code, LOSSKIT_CACHE_DIR=tmp_path / "file" / "cache", TMPDIR=tmp_path / "temporary"))
    assert out.endswith("True\n")
    assert err.count("LOSSKIT_CACHE_DIR") == 1
    assert len(err.splitlines()) == 1
    assert not list((tmp_path / "temporary").iterdir())


def test_another_version_compiles_anew(cache, filled):
    """A change of the words' own source is another kernel."""
    code = USE.replace("start = ", "losskit.kernels.template.fingerprint = lambda: 'another'\nstart = ")
    assert end(start(code, LOSSKIT_CACHE_DIR=cache))[0].split()[1:] == filled[2]
    assert len(files(cache, "*.py")) == 3


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
