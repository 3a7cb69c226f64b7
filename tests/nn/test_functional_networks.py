"""Convolution, pooling, normalisation, embedding and dropout; PyTorch is in tests/oracle."""

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, ValueArray, grad, hvp

EDGES = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])[None, None]
IMAGE = np.repeat([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]], 6, axis=0)[None, None]

OPERATIONS = [
    lambda x: F.conv2d(x, EDGES[:, [0, 0]], stride=(2, 1), padding=1),
    lambda x: F.conv_transpose2d(x, np.ones((2, 1, 2, 2)), stride=2, output_padding=1),
    lambda x: F.max_pool2d(x, 2, stride=1, padding=1),
    lambda x: F.avg_pool2d(x, 2, stride=2, ceil_mode=True),
    lambda x: F.adaptive_avg_pool2d(x, (2, 3)),
    lambda x: F.adaptive_max_pool2d(x, 2),
    lambda x: F.layer_norm(x, (4, 5), np.ones((4, 5)) * 2, np.ones((4, 5))),
    lambda x: F.rms_norm(x, (5,)),
    lambda x: F.group_norm(x, 2),
    lambda x: F.instance_norm(x),
    lambda x: F.batch_norm(x, None, None, training=True),
]
NAMES = ["conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg", "adaptive_max",
         "layer_norm", "rms_norm", "group_norm", "instance_norm", "batch_norm"]  # fmt: skip


def test_a_vertical_edge():
    """The course's filter on a 6×6 image: 4×4 with rows (0, −4, −4, 0)."""
    np.testing.assert_array_equal(
        F.conv2d(IMAGE, EDGES)[0, 0], np.repeat([[0.0, -4.0, -4.0, 0.0]], 4, axis=0)
    )


def test_zero_padding_keeps_the_size_and_makes_a_false_edge():
    y = F.conv2d(IMAGE, EDGES, padding="same")
    assert y.shape == (1, 1, 6, 6)
    np.testing.assert_array_equal(y[0, 0, 1:-1], np.repeat([[0, 0, -4, -4, 0, 4]], 4, axis=0))


@pytest.mark.parametrize("n", [5, 6, 9])
@pytest.mark.parametrize(("k", "s", "p"), [(1, 1, 0), (3, 2, 1), (2, 3, 0)])
def test_the_size_formula(n, k, s, p):
    y = F.conv1d(np.ones((1, 1, n)), np.ones((1, 1, k)), stride=s, padding=p)
    assert y.shape[-1] == (n + 2 * p - k) // s + 1


def test_a_tie_in_max_pooling_goes_to_the_first():
    x = Tensor(np.ones((1, 1, 2, 2)))
    F.max_pool2d(x, 2).sum().backward()
    np.testing.assert_array_equal(x.grad[0, 0], [[1.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("f", OPERATIONS, ids=NAMES)
def test_first_and_second_derivatives(f):
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(2, 2, 4, 5)), rng.normal(size=(2, 2, 4, 5))
    loss = lambda x: np.sum(np.tanh(f(x)) ** 2)  # noqa: E731
    step = 1e-6
    along = (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    assert np.sum(grad(loss)(x) * v) == pytest.approx(along, rel=1e-6, abs=1e-8)
    bend = (grad(loss)(x + step * v) - grad(loss)(x - step * v)) / (2 * step)
    np.testing.assert_allclose(hvp(loss)(x, v), bend, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("f", OPERATIONS, ids=NAMES)
def test_scalar_nodes_give_the_same(f):
    x = np.random.default_rng(1).normal(size=(1, 2, 4, 5))
    tensor, values = Tensor(x), ValueArray(x)
    np.sum(np.tanh(f(tensor))).backward()
    np.sum(np.tanh(f(values))).backward()
    np.testing.assert_allclose(f(values).data, f(tensor).data, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(values.grad, tensor.grad, rtol=1e-12, atol=1e-12)


def test_batch_norm_keeps_running_numbers():
    x = np.random.default_rng(2).normal(3.0, 2.0, size=(8, 2, 5))
    mean, var = np.zeros(2), np.ones(2)
    for _ in range(200):
        F.batch_norm(Tensor(x), mean, var, training=True)
    np.testing.assert_allclose(mean, x.mean(axis=(0, 2)))
    np.testing.assert_allclose(var, x.var(axis=(0, 2), ddof=1))
    y = F.batch_norm(x, mean, var)
    np.testing.assert_allclose(y.mean(axis=(0, 2)), 0.0, atol=1e-8)


def test_embedding_adds_where_a_row_is_used_twice_and_spares_the_padding():
    table = Tensor(np.arange(8.0).reshape(4, 2))
    F.embedding(np.array([[1, 1], [0, 3]]), table, padding_idx=0).sum().backward()
    np.testing.assert_array_equal(table.grad, [[0, 0], [2, 2], [0, 0], [1, 1]])


def test_dropout():
    x = Tensor(np.ones(10_000))
    y = F.dropout(x, 0.25, seed=0)
    assert np.mean(y.data) == pytest.approx(1.0, abs=0.02)
    assert set(np.unique(y.data)) == {0.0, 1 / 0.75}
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)
    assert F.dropout(x, 0.25, training=False) is x
    np.testing.assert_array_equal(F.dropout(x, 1.0).data, 0.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: F.conv2d(IMAGE, np.ones((1, 3, 2, 2))), ["conv2d", "3", "(1, 1, 6, 6)"]),
        (lambda: F.conv1d(IMAGE[0, 0, 0], EDGES[0]), ["conv1d", "(6,)"]),
        (lambda: F.conv2d(IMAGE, np.ones((1, 1, 9, 9))), ["conv2d", "(9, 9)", "(6, 6)"]),
        (lambda: F.conv2d(IMAGE, EDGES, stride=2, padding="same"), ["same", "stride"]),
        (lambda: F.conv2d(IMAGE, EDGES, padding="full"), ["padding", "'full'"]),
        (lambda: F.conv2d(IMAGE, EDGES, stride=(1, 2, 3)), ["stride", "(1, 2, 3)"]),
        (lambda: F.max_pool2d(IMAGE, 2, padding=2), ["max_pool2d", "half"]),
        (lambda: F.max_pool2d(IMAGE, 7), ["7", "6"]),
        (lambda: F.group_norm(np.ones((1, 3, 2)), 2), ["3 channels", "2"]),
        (lambda: F.layer_norm(np.ones((2, 3)), (4,)), ["(4,)", "(2, 3)"]),
        (lambda: F.dropout(np.ones(2), 1.5), ["1.5"]),
    ],
)
def test_bad_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as caught:
        wrong()
    for word in words:
        assert word in str(caught.value)
