"""Standardising as one operation: the same numbers and the same graph as in plain operations."""

import numpy as np
import pytest

import nn
import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, grad, gradcheck, replay
from nn.functional import standardization

RNG = np.random.default_rng

#: A function of (input, weight, bias), the shape of its input and that of weight and bias.
CASES = {
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (5,), w, b), (3, 4, 5), (5,)),
    "layer_norm of a record": (lambda x, w, b: F.layer_norm(x, (2, 5), w, b), (2, 5), (2, 5)),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), (3, 6, 4, 2), (6,)),
    "group_norm of single numbers": (lambda x, w, b: F.group_norm(x, 2, w, b), (3, 6), (6,)),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (3, 4, 2, 5), (4,)),
    "batch_norm of rows": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (6, 4), (4,)),
    "instance_norm": (lambda x, w, b: F.instance_norm(x, None, None, w, b), (3, 4, 7), (4,)),
    "rms_norm": (lambda x, w, b: F.rms_norm(x, (5,), w), (3, 4, 5), (5,)),
}


@pytest.fixture(params=CASES)
def case(request):
    function, shape, affine = CASES[request.param]
    x, w, b = (RNG(0).normal(1.0, 2.0, size=s) for s in (shape, affine, affine))
    return function, x, w, b


def gradients(function, *arrays):
    variables = [Tensor(x) for x in arrays]
    y = function(*variables)
    y.backward(RNG(1).normal(size=y.shape).astype(y.dtype))
    return [y.data, *(v.grad for v in variables if v.grad is not None)]


def plainly(monkeypatch, function, *args):
    """What comes of a function if nothing is done in one operation."""
    with monkeypatch.context() as patch:
        patch.setattr(standardization, "have_blas", lambda *_: False)
        return function(*args)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-5)])
@pytest.mark.parametrize("affine", ["both", "scale", "neither"])
def test_results_and_gradients_are_those_of_plain_operations(
    case, dtype, tolerance, affine, monkeypatch
):
    function, *arrays = case
    arrays = [x.astype(dtype) for x in arrays[: {"both": 3, "scale": 2, "neither": 1}[affine]]]

    def run(x, w=None, b=None):
        return function(x, w, b)

    found = gradients(run, *arrays)
    expected = plainly(monkeypatch, gradients, run, *arrays)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_it_is_one_operation_until_one_looks_inside(case, monkeypatch):
    function, *arrays = case
    variables = [Tensor(x) for x in arrays]
    y = function(*variables)
    assert y.op == "standardise"
    expected = plainly(monkeypatch, function, *variables).sum().trace()
    assert [step.node.op for step in y.sum().trace()] == [step.node.op for step in expected]


def test_derivatives_of_any_order(case):
    function, *arrays = case
    assert gradcheck(function, *arrays)

    def slope(x, w, b):
        return np.sum(grad(lambda x: np.sum(np.sin(function(x, w, b))))(x) ** 2)

    assert gradcheck(slope, *arrays)


def test_what_a_record_far_from_zero_varies_is_not_lost():
    x = RNG(0).normal(100.0, 1.0, size=(64, 32))
    weight = np.ones(32)
    exact, rounded = (
        gradients(
            lambda x, w: F.layer_norm(x, (32,), w), x.astype(np.float32).astype(t), weight.astype(t)
        )
        for t in (np.float64, np.float32)
    )
    for one, other in zip(rounded, exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * np.abs(other).max())


def test_different_dtypes_and_no_elements_take_the_plain_way():
    x, w = Tensor(np.ones((2, 3), np.float32)), Tensor(np.ones(3))
    assert F.layer_norm(x, (3,), w).dtype == np.float64
    assert F.layer_norm(Tensor(np.ones((0, 3))), (3,), w).shape == (0, 3)


def test_replays_are_the_same_and_update_running_numbers():
    eager, replayed = (nn.BatchNorm2d(4) for _ in range(2))
    run = replay(lambda x: replayed(x))
    for seed in range(6):
        x = RNG(seed).normal(seed, 2.0, size=(3, 4, 5, 5)).astype(np.float32)
        g = RNG(-seed % 7).normal(size=x.shape).astype(np.float32)
        results = []
        for layer, function in ((eager, eager), (replayed, run)):
            layer.zero_grad()
            given = Tensor(x)
            y = function(given)
            y.backward(g)
            results.append([y.data, given.grad, layer.weight.grad, layer.bias.grad])
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(eager.running_mean, replayed.running_mean)
        np.testing.assert_array_equal(eager.running_var, replayed.running_var)
        assert eager.num_batches_tracked == replayed.num_batches_tracked == seed + 1
