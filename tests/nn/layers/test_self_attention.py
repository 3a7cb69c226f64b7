"""Self-attention as one operation: the same numbers and the same graph as in plain operations."""

import numpy as np
import pytest

from autograd import Tensor, grad, gradcheck, replay
from nn.layers import self_attention as module
from nn.layers.self_attention import self_attention

RNG = np.random.default_rng
N, LENGTH, SIZE, HEADS = 2, 5, 6, 3

CAUSAL = np.tri(LENGTH, dtype=bool)
SOME = RNG(3).random((N, 1, 1, LENGTH)) < 0.7
NOTHING = CAUSAL & (np.arange(LENGTH) != 2)[:, None]

MASKS = {
    "no mask": None,
    "causal": CAUSAL,
    "by key": SOME,
    "for each head": RNG(4).random((N, HEADS, LENGTH, LENGTH)) < 0.6,
    "a position that may attend to nothing": NOTHING,
    "numbers": RNG(5).normal(size=(LENGTH, LENGTH)),
    "numbers and minus infinity": np.where(CAUSAL, RNG(6).normal(size=(LENGTH, LENGTH)), -np.inf),
    "minus infinity everywhere": np.where(NOTHING, 0.0, -np.inf),
}


def operands(dtype=np.float64, size=1.0):
    shapes = (N, LENGTH, SIZE), (3 * SIZE, SIZE), (3 * SIZE,)
    return [(size * RNG(0).normal(size=shape)).astype(dtype) for shape in shapes]


def gradients(function, *arrays):
    variables = [Tensor(x) for x in arrays]
    y = function(*variables)
    y.backward(RNG(1).normal(size=y.shape).astype(y.dtype))
    return [y.data, *(v.grad for v in variables)]


def plainly(monkeypatch, function, *args):
    """What comes of a function if nothing is done in one operation."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "have_blas", lambda *_: False)
        return function(*args)


@pytest.mark.parametrize(
    ("dtype", "size", "tolerance"),
    [(np.float64, 0.3, 1e-12), (np.float64, 5.0, 1e-12), (np.float32, 0.3, 2e-5)],
    ids=["moderate", "large", "float32"],
)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_results_and_gradients_are_those_of_plain_operations(
    mask, dtype, size, tolerance, monkeypatch
):
    if mask is not None and mask.dtype != bool:
        mask = mask.astype(dtype)
    arrays = operands(dtype, size)

    def run(x, weight, bias):
        return self_attention(x, weight, bias, HEADS, mask)

    found = gradients(run, *arrays)
    expected = plainly(monkeypatch, gradients, run, *arrays)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * abs(other).max())


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_it_is_one_operation_until_one_looks_inside(mask, monkeypatch):
    variables = [Tensor(x) for x in operands()]
    y = self_attention(*variables, HEADS, mask)
    assert y.op == "self_attention"
    expected = plainly(monkeypatch, self_attention, *variables, HEADS, mask).sum().trace()
    assert [step.node.op for step in y.sum().trace()] == [step.node.op for step in expected]


def test_derivatives_of_any_order():
    arrays = operands(size=0.5)

    def run(x, weight, bias):
        return self_attention(x, weight, bias, HEADS, CAUSAL)

    assert gradcheck(run, *arrays)

    def slope(x, weight, bias):
        return np.sum(grad(lambda w: np.sum(np.sin(run(x, w, bias))))(weight) ** 2)

    assert gradcheck(slope, *arrays)


def test_a_gradient_given_twice_may_have_other_numbers_then():
    x, weight, bias = (Tensor(a) for a in operands())
    y = self_attention(x, weight, bias, HEADS)
    op, params = y._op, y.params
    raw = (x.data, weight.data, bias.data)
    g = np.ones(y.shape)
    first = op.pull(1, g, raw, y.data, params)[1]
    g *= 2
    np.testing.assert_allclose(op.pull(1, g, raw, y.data, params)[1], 2 * first)


def test_two_results_with_one_gradient_are_kept_apart(monkeypatch):
    x, weight, bias = operands()

    def both(given, weight):
        # The sweep begins with the newer one, whose input needs no gradient.
        older = self_attention(given, weight, bias, HEADS)
        return older + self_attention(2 * x, weight, bias, HEADS)

    for one, other in zip(
        gradients(both, x, weight), plainly(monkeypatch, gradients, both, x, weight), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("mask", [None, CAUSAL, NOTHING], ids=["no mask", "causal", "nothing"])
def test_replays_are_the_same(mask):
    _, weight, bias = (Tensor(a) for a in operands(np.float32))
    run = replay(lambda x: self_attention(x, weight, bias, HEADS, mask))
    for seed in range(5):
        x = RNG(seed).normal(size=(N, LENGTH, SIZE)).astype(np.float32)
        results = []
        for function in (run, run.function):
            for variable in (weight, bias):
                variable.zero_grad()
            given = Tensor(x)
            y = function(given)
            y.backward(RNG(9).normal(size=y.shape).astype(np.float32))
            results.append([y.data, given.grad, weight.grad, bias.grad])
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
