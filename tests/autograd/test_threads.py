"""Tests of several threads at once: each gets what it would get alone, bit for bit."""

import os
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd import Tensor, Value, no_grad, primitive, scope


@pytest.fixture(autouse=True)
def hasty_threads():
    """Switch threads as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def train_values(seed):
    rng = np.random.default_rng(seed)
    weights = [Value(w) for w in rng.normal(size=6)]
    rows = rng.normal(size=(4, 2))
    for _ in range(15):
        loss = Value(0.0, requires_grad=False)
        for row in rows:
            hidden = [
                (weights[i] * float(row[0]) + weights[i + 2] * float(row[1])).tanh()
                for i in range(2)
            ]
            loss = loss + (hidden[0] * weights[4] + hidden[1] * weights[5] - 1.0) ** 2
        for w in weights:
            w.zero_grad()
        loss.backward(keep="leaves")
        for w in weights:
            w.data -= 0.05 * w.grad
    return [w.data for w in weights]


def train_tensors(seed):
    rng = np.random.default_rng(seed)
    w, v = Tensor(rng.normal(size=(3, 4))), Tensor(rng.normal(size=4))
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    for _ in range(25):
        with scope("net"):
            loss = ((np.tanh(x @ w) @ v - y) ** 2).mean()
        with no_grad():
            assert not (w * 2.0).requires_grad
        w.zero_grad()
        v.zero_grad()
        loss.backward()
        w.data -= 0.05 * w.grad
        v.data -= 0.05 * v.grad
    return [*w.data.ravel(), *v.data]


@pytest.mark.parametrize("train", [train_values, train_tensors])
@pytest.mark.parametrize("threads", [2, 8])
def test_training_in_threads_is_training_alone(train, threads):
    alone = [train(seed) for seed in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(train, range(threads))) == alone


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_backward_through_shared_leaves_gives_exactly_the_sum(carrier, threads):
    """All numbers are whole, so that every order of addition gives the same."""
    x, w = carrier(3.0), carrier(5.0)
    shared = x * w
    passes = 40

    def work(k):
        for _ in range(passes):
            y = shared * float(k)
            for _ in range(10):
                y = y + x
            y.backward(keep="leaves")
            assert float((x * x).trace()[x].gradient) == 6.0

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    total = passes * sum(range(threads))
    assert float(x.grad) == 5.0 * total + 10.0 * passes * threads
    assert float(w.grad) == 3.0 * total


def test_recording_while_another_thread_sweeps():
    x = Value(1.5)
    root = x
    for _ in range(2000):
        root = root * 0.999 + x

    def sweep(_):
        return [root.trace()[x].gradient for _ in range(5)]

    def record(_):
        found = []
        for _ in range(40):
            y = x
            for _ in range(50):
                y = y * 0.5 + x
            found.append((y.data, y.trace()[x].gradient))
        return found

    alone = sweep(0), record(0)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(f, 0) for f in (sweep, record, sweep, record)]
        results = [job.result() for job in jobs]
    assert results == [*alone, *alone]


def child_of_a_fork():
    """Sweep in a forked process and say whether that went well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside other threads
        pid = os.fork()
    if pid == 0:
        x = Value(3.0)
        (x * x).backward()
        os._exit(0 if x.grad == 6.0 else 1)
    for _ in range(1000):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status == 0
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_process_forked_while_another_thread_sweeps_can_sweep():
    started = threading.Event()

    def linger(x, y):
        started.set()
        time.sleep(0.1)
        return 1.0

    @primitive(derivative=linger)
    def slow(x):
        return x * 1.0

    x = Value(2.0)
    thread = threading.Thread(target=lambda: slow(x).backward())
    thread.start()
    started.wait()
    assert child_of_a_fork()
    thread.join()
    assert x.grad == 1.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_derivative_may_fork():
    @primitive(derivative=lambda x, y: float(child_of_a_fork()))
    def forking(x):
        return x * 1.0

    x = Value(2.0)
    (forking(x) * 5.0).backward()
    assert x.grad == 5.0
