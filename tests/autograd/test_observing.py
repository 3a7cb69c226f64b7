"""record_source and detect_anomaly."""

import numpy as np
import pytest

import nn
from autograd import (
    AnomalyError,
    StaleGraphError,
    Tensor,
    Value,
    detect_anomaly,
    no_grad,
    record_source,
    scope,
)


def here(offset=0):
    import inspect

    frame = inspect.currentframe().f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno + offset}"


def test_nodes_remember_the_users_line():
    x, t = Value(2.0), Tensor([1.0])
    with record_source():
        line = here(1)
        y, z = x * 3, np.exp(t)
        other = here(1)
        w = nn.functional.mse_loss(t, np.ones(1))
    assert y.source == z.source == line
    assert w.source == other
    assert (x * 3).source == ""
    assert line in y._label()


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_the_first_forward_operation_that_makes_a_nan(carrier):
    x = carrier(-1.0, name="x")
    with (
        np.errstate(all="ignore"),
        pytest.raises(AnomalyError, match=r"'log' in 'fc1' at .*nan.*x = -1") as caught,
        detect_anomaly(),
        scope("fc1"),
    ):
        (x.log() + 1.0).sqrt()
    assert caught.value.node.op == "log"


def test_what_passes_a_nan_on_is_not_named():
    bad = Tensor([np.nan, 1.0])
    with detect_anomaly():
        assert np.isnan((bad * 2.0).data[0])


def test_the_place_is_named():
    x = Tensor(np.array([[1.0, 2.0], [3.0, 0.0]]), name="x")
    with (
        np.errstate(all="ignore"),
        pytest.raises(AnomalyError, match=r"infinity \(first at \[1, 1\], 1 in all\).*x = 0"),
        detect_anomaly(),
    ):
        1.0 / x


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_the_first_backward_operation(carrier):
    x = carrier(0.0, name="x")
    with detect_anomaly():
        y = x**0.5
        with pytest.raises(AnomalyError, match=r"derivative of .*'power'.*'x'") as caught:
            (y * 2.0).backward()
    assert caught.value.node is y
    assert x.grad is None


def test_an_unsafe_branch_of_where_is_recognised():
    x = Tensor([4.0, 0.0])
    with detect_anomaly():
        y = np.where(x > 1, np.sqrt(x), 0.0).sum()
        with pytest.raises(AnomalyError, match=r"np\.where\(ok, f\(np\.where\(ok, x, 1\.0\)\)"):
            y.backward()
        safe = np.where(x > 1, np.sqrt(np.where(x > 1, x, 1.0)), 0.0).sum()
        safe.backward()
    np.testing.assert_array_equal(x.grad, [0.25, 0.0])


def test_a_write_through_a_view_is_noticed():
    x = Tensor([1.0, 2.0])
    with detect_anomaly():
        y = (x * x).sum()
        x.data[0] = 5.0
        with pytest.raises(StaleGraphError, match="written"):
            y.backward()


def test_scopes_and_no_grad_inside():
    x = Value(2.0)
    with detect_anomaly(), scope("a"):
        with scope("b"):
            assert (x * x).scope == "a.b"
        with no_grad():
            assert not (x * x).requires_grad
        assert (x * x).scope == "a"
    assert (x * x).scope == ""


def test_a_healthy_network_trains_under_watch():
    model = nn.MLP((3, 4, 2), seed=0)
    x, y = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 1, 0, 1, 1])
    with detect_anomaly():
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
    watched = [p.grad.copy() for p in model.parameters()]
    model.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    for parameter, grad in zip(model.parameters(), watched, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)
