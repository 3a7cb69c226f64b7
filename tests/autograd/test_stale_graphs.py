"""Data that was changed after an operation had read it is detected."""

import numpy as np
import pytest

from autograd import StaleGraphError, Tensor, Value, ValueArray

both = pytest.mark.parametrize("carrier", [Value, Tensor])


def gradient(x):
    return None if x.grad is None else float(x.grad)


def subtract_in_place(x):
    x.data -= 0.5


def assign(x):
    x.data = x.data + 1.0


def step(x):
    x.grad = np.ones_like(x.data)
    x.data -= 0.1 * x.grad
    x.zero_grad()


@both
@pytest.mark.parametrize("change", [subtract_in_place, assign, step])
@pytest.mark.parametrize("way", ["backward", "trace"])
@pytest.mark.parametrize("which", ["variable", "constant", "computed", "root"])
def test_changed_data_is_detected(carrier, change, way, which):
    x, c = carrier(2.0), carrier(3.0, requires_grad=False)
    inner = x * c
    root = inner * x
    node = {"variable": x, "constant": c, "computed": inner, "root": root}[which]
    change(node)
    with pytest.raises(StaleGraphError, match="changed") as caught:
        getattr(root, way)()
    assert "\n" not in str(caught.value)
    assert x.grad is None
    # A new forward pass over the changed data is fresh.
    fresh = x * c * x
    fresh.backward()
    assert gradient(x) == pytest.approx(2 * float(c.data) * float(x.data))


@both
def test_data_changed_before_it_is_read_is_fresh(carrier):
    x = carrier(2.0)
    for _ in range(3):
        subtract_in_place(x)
        y = x * x
        y.backward()
        assert gradient(x) == pytest.approx(2 * float(x.data))
        x.zero_grad()


@both
def test_a_write_elsewhere_disturbs_no_graph(carrier):
    x, other = carrier(2.0), carrier(2.0)
    y = x * x
    assign(other)
    y.backward()
    assert gradient(x) == 4.0


def test_an_array_of_values_detects_changed_elements():
    x = ValueArray([1.0, 2.0])
    y = np.sum(x * x)
    x.data -= 0.5
    with pytest.raises(StaleGraphError):
        y.backward()
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad, [1.0, 3.0])


def test_a_changed_value_in_a_tensor_graph():
    v, x = Value(2.0), Tensor([1.0, 2.0])
    y = (v * x).sum()
    v.data = 3.0
    with pytest.raises(StaleGraphError):
        y.backward()


def test_a_detached_copy_keeps_its_numbers():
    x, w = Tensor([1.0, 2.0]), Tensor([1.0, 1.0])
    y = (w * x.detach()).sum()
    x.data -= 1.0
    y.backward()
    np.testing.assert_array_equal(w.grad, [1.0, 2.0])
