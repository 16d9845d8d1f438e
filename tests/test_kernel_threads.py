"""Kernels under threads, after a fork, with an exception inside and with Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import losskit as lk
from losskit.errors import InvalidInput
from losskit.kernels import pool
from losskit.kernels.template import PART


@pytest.fixture(autouse=True)
def four_threads():
    lk.set_num_threads(4)
    yield
    pool.set_num_threads(pool._cores())


def test_every_part_is_done_once():
    done = []
    pool.run(done.append, 1000)
    assert sorted(done) == list(range(1000))


def test_an_exception_inside_is_raised_and_stops_the_rest():
    done = []

    def work(part):
        if part == 5:
            raise ZeroDivisionError("part 5")
        time.sleep(0.001)
        done.append(part)

    with pytest.raises(ZeroDivisionError, match="part 5"):
        pool.run(work, 100_000)
    count = len(done)
    assert count < 1000
    time.sleep(0.05)
    assert len(done) == count, "a thread went on"
    pool.run(done.append, 10)
    assert len(done) == count + 10


def test_the_number_of_threads_is_checked():
    for number in (0, -1, 1.5, "2"):
        with pytest.raises(InvalidInput, match="set_num_threads"):
            lk.set_num_threads(number)


def test_one_thread_starts_no_other():
    lk.set_num_threads(1)
    found = set()
    pool.run(lambda part: found.add(threading.current_thread()), 100)
    assert found == {threading.current_thread()}


def test_two_threads_call_at_once():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, 4 * PART)).astype("float32")
    expected = {loss: loss.value_and_gradient(*inputs) for loss in (lk.huber(), lk.pseudo_huber())}
    problems = []

    def call(loss):
        for _ in range(20):
            value, gradient = loss.value_and_gradient(*inputs)
            if value != expected[loss][0] or not np.array_equal(gradient, expected[loss][1]):
                problems.append(loss)

    callers = [threading.Thread(target=call, args=(loss,)) for loss in (*expected, *expected)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not problems


def test_two_threads_call_first_at_once(monkeypatch):
    loss = lk.huber()
    inputs = np.random.default_rng(0).normal(size=(2, 4 * PART)).astype("float32")
    expected = loss(*inputs)
    monkeypatch.setattr(loss.graphs(), "kernels", {})
    found = []
    callers = [threading.Thread(target=lambda: found.append(loss(*inputs))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert found == [expected] * 4
    assert len(loss.graphs().kernels) == 1


def test_threads_that_change_their_number_meanwhile():
    done = []
    changing = threading.Thread(target=lambda: [lk.set_num_threads(1 + i % 5) for i in range(200)])
    changing.start()
    for _ in range(50):
        pool.run(done.append, 20)
    changing.join()
    assert sorted(done) == sorted(list(range(20)) * 50)


def run(code, **environment):
    """The lines that `code` prints in an interpreter of its own."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_fork_after_use():
    code = """
    import os, sys
    import numpy as np
    import losskit as lk

    lk.set_num_threads(3)
    inputs = np.random.default_rng(0).normal(size=(2, 1 << 20)).astype("float32")
    before = lk.huber()(*inputs)
    child = os.fork()
    same = lk.huber()(*inputs) == before
    if child == 0:
        os._exit(0 if same else 1)
    print(same, os.waitpid(child, 0)[1])
    """
    assert run(code) == ["True 0"]


def test_workers_of_a_data_loader():
    """They use a kernel of their parent's and load one of their own, with threads; and so does their parent after."""
    code = """
    import torch
    import losskit as lk

    lk.set_num_threads(3)
    inputs = torch.randn(2, 1 << 20, generator=torch.Generator().manual_seed(0))
    old, new = lk.huber(), lk.pseudo_huber()
    before = old(*inputs)

    class Losses(torch.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return torch.stack([old(*inputs), new(*inputs)])

    loader = torch.utils.data.DataLoader(Losses(), num_workers=2, multiprocessing_context="fork")
    found = torch.cat(list(loader))
    after = torch.stack([old(*inputs), new(*inputs)])
    print(before == after[0], bool((found == after).all()), found.shape)
    """
    assert run(code) == ["tensor(True) True torch.Size([4, 2])"]


def test_ctrl_c_during_a_long_kernel():
    """It comes through within the time of a few parts, and kernels go on to work."""
    code = """
    import os, signal, threading, time
    import numpy as np
    import losskit as lk

    lk.set_num_threads(2)
    inputs = np.random.default_rng(0).normal(size=(2, 1 << 20)).astype("float32")
    loss = lk.huber()
    expected = loss(*inputs)
    long = np.broadcast_to(inputs[:, None], (2, 400, 1 << 20))
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.perf_counter()
    try:
        loss.sum(*long)
    except KeyboardInterrupt:
        print(time.perf_counter() - start < 2.0, loss(*inputs) == expected)
    """
    assert run(code) == ["True True"]


def test_ctrl_c_while_waiting_for_others():
    """The calling thread has nothing left to do, another has: it stops, too."""
    main = threading.main_thread()
    stopped = threading.Event()

    def work(part):
        if threading.current_thread() is main:
            return
        threading.Timer(0.1, signal.raise_signal, (signal.SIGINT,)).start()
        time.sleep(0.5)
        stopped.set()

    def run_until_stopped():
        while True:
            pool.run(work, 2)

    lk.set_num_threads(2)
    with pytest.raises(KeyboardInterrupt):
        run_until_stopped()
    assert stopped.is_set(), "it came back before the other thread had let go"


def test_a_child_forked_while_a_kernel_is_compiled_has_a_lock_of_its_own():
    code = """
    import os, signal
    from losskit.kernels.locks import ThreadLock

    lock = ThreadLock()
    with lock:
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            with lock:
                os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert run(code) == ["7"]
