"""A backward() that fails or is interrupted leaves nothing behind."""

import sys

import numpy as np
import pytest

from autograd import Tensor, Value, no_grad
from autograd.primitives import NUMPY_FUNCTIONS, TABLE, elementwise

both = pytest.mark.parametrize("carrier", [Value, Tensor])


def gradient(x):
    return None if x.grad is None else float(x.grad)


@pytest.fixture
def failing(monkeypatch):
    """An operation whose derivative raises what the test says."""
    error = []

    def derivative(x, y):
        if error:
            raise error[0]
        return 2.0

    def forward(x):
        return 2 * x

    # The tables are as before when the test is over.
    monkeypatch.setitem(TABLE, "failing", None)
    monkeypatch.setitem(NUMPY_FUNCTIONS, forward, None)
    return elementwise("failing", forward, derivative), error


@both
@pytest.mark.parametrize("options", [{}, {"create_graph": True}, {"keep": "leaves"}])
@pytest.mark.parametrize(
    "error", [RuntimeError("broken"), KeyboardInterrupt(), MemoryError(), RecursionError()]
)
def test_a_failed_backward_changes_nothing(failing, carrier, options, error):
    double, errors = failing
    x, w = carrier(3.0), carrier(5.0)
    early = double(x * w)
    y = early * early * w
    y.backward()
    before = [gradient(node) for node in (x, w, early, y)]
    errors.append(error)
    with pytest.raises(type(error)):
        y.backward(**options)
    with pytest.raises(type(error)):
        y.trace()
    assert [gradient(node) for node in (x, w, early, y)] == before
    errors.clear()
    y.backward()
    assert [gradient(node) for node in (x, w)] == [2 * before[0], 2 * before[1]]


@both
@pytest.mark.parametrize("interrupted", ["history", "_flow"])
def test_an_interrupt_at_any_line_of_the_sweep_leaves_no_marks(carrier, interrupted):
    """A trace function raises KeyboardInterrupt at the n-th line of a function of the sweep."""

    def build():
        x = carrier(1.25)
        y = x
        for i in range(8):
            y = y * x + (y if i % 2 else 1.5)
        return x, y

    x, y = build()
    y.backward(keep="leaves")
    expected = gradient(x)
    hits = 0
    for stop in range(1, 400, 7):
        x, y = build()
        lines = 0

        def local(frame, event, argument, stop=stop):
            nonlocal lines
            lines += event == "line"
            if lines == stop:
                raise KeyboardInterrupt
            return local

        def watch(frame, event, argument, local=local):
            return local if frame.f_code.co_name == interrupted else None

        previous = sys.gettrace()
        sys.settrace(watch)
        try:
            y.backward()
        except KeyboardInterrupt:
            hits += 1
        finally:
            sys.settrace(previous)
        assert x.grad is None or lines < stop
        x.zero_grad()
        y.backward()
        assert gradient(x) == expected
    assert hits


def test_a_gradient_that_cannot_be_added_changes_nothing():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    b.grad = np.zeros(3)
    y = (a * b).sum()
    with pytest.raises(ValueError, match="grad"):
        y.backward()
    assert a.grad is None
    assert y.grad is None


@both
def test_no_way_back(carrier):
    for root in (
        carrier(1.0, requires_grad=False),
        carrier(1.0).detach(),
        carrier(1.0, requires_grad=False) * 2.0,
    ):
        with pytest.raises(RuntimeError, match="needs no gradient"):
            root.backward()
        with pytest.raises(RuntimeError, match="needs no gradient"):
            root.trace()
    with no_grad():
        root = carrier(1.0) * 2.0
    with pytest.raises(RuntimeError, match="no_grad"):
        root.backward()


@both
def test_keep_is_checked(carrier):
    x = carrier(1.0)
    with pytest.raises(ValueError, match="'some'"):
        (x * x).backward(keep="some")
    assert x.grad is None
