"""Tests of memory: graphs are freed by reference counting, and depth is no obstacle."""

import contextlib
import copy
import gc
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray
from autograd.primitives import TABLE


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def network(carrier):
    x, w = carrier(2.0), carrier(3.0)
    y = np.tanh(x * w + 1.0)
    for _ in range(5):
        y = np.maximum(y * w, x) + TABLE["sigmoid"](y)
    return [x, w], y


def everything(root):
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        if all(node is not other for other in found):
            found.append(node)
            stack.extend(node.inputs)
    return found


def leave(root):
    pass


def run_backward(root):
    root.backward()


def run_keep_leaves(root):
    root.backward(keep="leaves")


def run_trace(root):
    root.trace()


def run_twice(root):
    root.backward()
    root.trace()
    root.backward()


def run_pickle(root):
    pickle.loads(pickle.dumps(root))


def run_failing(root):
    with pytest.raises(ValueError, match="keep"):
        root.backward(keep="none")


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("carrier", [Value, Tensor, lambda x: ValueArray([x])[0]])
@pytest.mark.parametrize(
    "use", [leave, run_backward, run_keep_leaves, run_trace, run_twice, run_pickle, run_failing]
)
def test_a_dropped_graph_is_gone_at_once(carrier, use):
    leaves, root = network(carrier)
    use(root)
    watched = [weakref.ref(node) for node in everything(root)]
    assert len(watched) > 20
    kept = {id(leaf) for leaf in leaves}
    inner = [ref for ref in watched if id(ref()) not in kept]
    del root
    assert [ref() for ref in inner if ref() is not None] == []
    del leaves
    assert [ref() for ref in watched if ref() is not None] == []


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_the_arrays_of_a_graph_go_with_it(carrier):
    leaves, root = network(carrier)
    root.backward()
    held = [leaf.grad for leaf in leaves]
    assert held
    root = None
    for leaf in leaves:
        leaf.zero_grad()
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_a_thousand_dropped_graphs_leave_no_cycles(carrier):
    for i in range(1000):
        _, root = network(carrier)
        if i % 3 == 0:
            root.backward()
        elif i % 3 == 1:
            root.trace()
    del root, _
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_a_thousand_arrays_of_values_leave_no_cycles():
    for _ in range(300):
        x = ValueArray([[1.0, 2.0], [3.0, 4.0]])
        np.sum(TABLE["softmax"](x @ x)).backward()
    del x
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_errors_leave_no_cycles():
    x = Tensor([1.0, 2.0])
    for _ in range(20):
        for wrong in (lambda: x + np.ones(3), lambda: (x * x).backward(), lambda: np.linalg.svd(x)):
            with contextlib.suppress(ValueError, TypeError):
                wrong()
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_a_failed_sweep_holds_no_gradients():
    x = Tensor(np.ones(3))
    y = x * x
    seed = np.ones(3)
    alive = weakref.ref(y)
    x.data = np.zeros(3)
    with pytest.raises(RuntimeError):
        y.backward(seed)
    del y
    assert alive() is None


@pytest.mark.parametrize("way", ["backward", "trace", "failing"])
def test_what_flowed_is_released(way):
    """After a sweep only `.grad` of the leaves holds memory, and after zero_grad nothing does."""
    x = Tensor(np.ones(100_000))
    root = (x * 2.0 + x).sum()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        if way == "trace":
            root.trace()
        elif way == "backward":
            root.backward(keep="leaves")
        else:
            x.grad = np.zeros(3)
            with pytest.raises(ValueError, match="shape"):
                root.backward()
        x.zero_grad()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before > x.data.nbytes / 2
    assert after - before < x.data.nbytes / 2


def test_the_collector_is_as_it_was():
    settings = gc.get_threshold(), gc.isenabled()
    chain(Value(1.0), 50_000).backward()
    assert (gc.get_threshold(), gc.isenabled()) == settings
    gc.disable()
    try:
        chain(Value(1.0), 50_000)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_may_run_at_any_moment():
    """With a threshold of 1 it runs between almost any two lines."""
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        leaves, root = network(Value)
        root.backward()
        found = [leaf.grad for leaf in leaves]
        expected = [float(root.trace()[leaf].gradient) for leaf in leaves]
    finally:
        gc.set_threshold(*thresholds)
    assert found == expected


def chain(x, length):
    y = x
    for _ in range(length // 2):
        y = y * 0.5
        y = y + x
    return y


def test_a_chain_of_a_million_values():
    x = Value(1.0)
    y = chain(x, 1_000_000)
    y.backward()
    assert (y.data, x.grad) == pytest.approx((2.0, 2.0))
    gone = weakref.ref(y)
    del y
    assert gone() is None


@pytest.mark.parametrize(("carrier", "length"), [(Value, 200_000), (Tensor, 50_000)])
def test_depth_is_no_obstacle(carrier, length):
    """Far beyond what recursion could reach, in Python or in C."""
    x = carrier(1.0)
    y = chain(x, length)
    y.backward()
    trace = y.trace()
    assert len(trace) == length + 1
    assert float(trace[x].gradient) == float(x.grad) == pytest.approx(2.0)
    del trace
    x.zero_grad()
    for again in (pickle.loads(pickle.dumps(y)), copy.deepcopy(y)):
        assert float(again) == float(y)
        again.backward(keep="leaves")
    assert x.grad is None
    gone = [weakref.ref(again), weakref.ref(y)]
    del again, y
    assert [ref() for ref in gone] == [None, None]


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_depth_is_no_obstacle_to_derivatives_that_are_nodes(carrier):
    x = carrier(1.0)
    y = x
    for _ in range(10_000):
        y = y * x
    y.backward(create_graph=True)
    first = x.grad
    for again in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        assert float(again) == 10_001.0
        again.backward(keep="leaves")
    x.zero_grad()
    first.backward(keep="leaves")
    assert float(x.grad) == 10_001.0 * 10_000.0
    gone = weakref.ref(first)
    del again, first, y
    x.zero_grad()
    gc.collect()  # what create_graph made may hold cycles
    assert gone() is None


@pytest.mark.parametrize("depth", [20_000])
def test_a_long_sum_of_an_array_of_values(depth):
    x = ValueArray(np.ones(depth))
    np.sum(x * 2.0).backward()
    np.testing.assert_array_equal(x.grad, 2.0)
