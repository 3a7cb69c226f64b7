"""Operations that stand for several: the same numbers, and the same graph once one looks inside."""

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, grad, gradcheck, record_source, replay
from nn.functional.affine import _linear
from nn.functional.class_losses import _of_labels

RNG = np.random.default_rng


def operands(shape, dtype, out=4):
    rng = RNG(0)
    numbers = rng.normal(size=shape), rng.normal(size=(out, shape[-1])), rng.normal(size=out)
    return [Tensor(x, dtype=dtype) for x in numbers]


def scores(shape, dtype):
    labels = RNG(1).integers(0, shape[1 if len(shape) > 1 else 0], size=shape[:1] + shape[2:])
    return Tensor(RNG(0).normal(size=shape), dtype=dtype), labels if len(shape) > 1 else labels[0]


def same(fused, written_out, variables):
    """Require equal results and gradients, bit for bit."""
    results, gradients = [], []
    for function in (fused, written_out):
        for x in variables:
            x.zero_grad()
        y = function()
        y.backward(RNG(2).normal(size=y.shape).astype(y.dtype))
        results.append(y.data)
        gradients.append([x.grad for x in variables])
    np.testing.assert_array_equal(*results)
    for one, other in zip(*gradients, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3), (1, 1), (0, 3)])
def test_linear(shape, dtype):
    x, w, b = operands(shape, dtype)
    assert F.linear(x, w, b).op == "linear"
    same(lambda: F.linear(x, w, b), lambda: _linear.composite(x, w, b), (x, w, b))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4), (2, 3, 4, 2), (1, 1)])
def test_losses_of_labels(shape, dtype):
    x, labels = scores(shape, dtype)
    losses = F.cross_entropy(x, labels, reduction="none")
    assert losses.op == "label_losses"
    same(lambda: _of_labels(x, labels=labels), lambda: _of_labels.composite(x, labels), (x,))


def test_linear_of_different_dtypes():
    x, w, _ = operands((5, 3), np.float32)
    b = Tensor(np.ones(4))
    y = F.linear(x, w, b)
    assert y.dtype == np.float64
    y.sum().backward()
    assert (w.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


def test_what_is_inside_is_seen():
    x, w, b = operands((5, 3), np.float64)
    with record_source():
        loss = F.cross_entropy(F.linear(x, w, b), np.array([0, 1, 2, 3, 0]))
    steps = [step.node for step in loss.trace() if step.node.op]
    inside = ["add", "matmul", "transpose"]
    assert [node.op for node in steps] == ["mean", "negative", "getitem", "log_softmax", *inside]
    assert len({node.source for node in steps}) == 1
    assert __file__.rpartition("/")[2] in steps[-1].source


def test_derivatives_of_any_order():
    x, w, b = operands((5, 3), np.float64)
    labels = np.array([0, 1, 2, 3, 0])

    def loss(w, b):
        return F.cross_entropy(F.linear(x.data, w, b), labels)

    assert gradcheck(loss, w.data, b.data)
    assert gradcheck(lambda w: np.sum(grad(loss)(w, b.data) ** 2), w.data)


def test_replays_are_the_same():
    _, w, b = operands((5, 3), np.float32)
    replayed = replay(lambda x, y: F.cross_entropy(F.linear(x, w, b), y))
    for seed in range(5):
        x = RNG(seed).normal(size=(5, 3)).astype(np.float32)
        y = RNG(seed).integers(0, 4, size=5)
        same(lambda x=x, y=y: replayed(x, y), lambda x=x, y=y: replayed.function(x, y), (w, b))
