"""`.grad` of a leaf belongs to it alone; that of a computed node is to be read."""

from itertools import pairwise

import numpy as np
import pytest

from autograd import Tensor

ALIASING = [
    lambda x, w: x + w,
    lambda x, w: x - w,
    lambda x, w: +x + +w,
    lambda x, w: x.reshape(3, 2).T + w.reshape(2, 3),
    lambda x, w: x.reshape(6)[::-1] + w.reshape(6),
    lambda x, w: np.concatenate([x, w]),
    lambda x, w: np.concatenate([x, x, w]),
    lambda x, w: np.stack([x, w]),
    lambda x, w: x.mean() + w.sum(),
    lambda x, w: x.sum(axis=0) + w,
    lambda x, w: np.where(True, x, w),
    lambda x, w: x * w,
    lambda x, w: x @ w.T,
    lambda x, w: x.astype(np.float64) + w,
    lambda x, w: np.broadcast_to(x, (2, 2, 3)) + w,
    lambda x, w: x[0] + w[1],
    lambda x, w: x.max(axis=1) + w.min(axis=1),
]


@pytest.mark.parametrize("f", ALIASING, ids=range(len(ALIASING)))
@pytest.mark.parametrize("keep", ["all", "leaves"])
@pytest.mark.parametrize("passes", [1, 2])
def test_editing_one_gradient_changes_nothing_else(f, keep, passes):
    given = np.arange(6.0).reshape(2, 3), np.linspace(1, 2, 6).reshape(2, 3)
    x, w = Tensor(given[0]), Tensor(given[1])
    y = f(x, w)
    seed = np.ones(y.shape)
    for _ in range(passes):
        y.backward(seed, keep=keep)

    nodes = [step.node for step in y.trace(seed)]
    arrays = [seed, *given, *(n.data for n in nodes)]
    arrays += [n.grad for n in nodes if n.grad is not None]
    for leaf in (x, w):
        assert leaf.grad.flags.writeable
        assert leaf.grad.base is None
        others = [a for a in arrays if a is not leaf.grad]
        before = [a.copy() for a in others]
        leaf.grad += 100.0
        for array, old in zip(others, before, strict=True):
            np.testing.assert_array_equal(array, old)
    for one, other in pairwise([x, w]):
        assert not np.shares_memory(one.grad, other.grad)
    for node in nodes:
        if not node.is_leaf and node.grad is not None:
            with pytest.raises(ValueError, match="read-only"):
                node.grad[...] = 0.0


def test_a_leaf_root_does_not_keep_the_seed():
    x, seed = Tensor([1.0, 2.0]), np.ones(2)
    x.backward(seed)
    assert not np.shares_memory(x.grad, seed)
    y = x * 1.0
    y.backward(seed)
    assert not np.shares_memory(y.grad, seed)


def test_seeds_that_are_tensors_are_not_kept_either():
    x, seed = Tensor([1.0, 2.0]), Tensor([1.0, 1.0])
    x.backward(seed)
    x.grad += 1.0
    np.testing.assert_array_equal(seed.data, [1.0, 1.0])


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,)])
def test_gradients_of_tensors_are_arrays(shape):
    """Also without axes, where numpy's arithmetic would give a scalar."""
    for f in (lambda x: x, lambda x: x * x, lambda x: x + x, lambda x: x.sum() * x):
        x = Tensor(np.ones(shape))
        y = f(x)
        for _ in range(2):
            y.backward(np.ones(y.shape))
            assert type(x.grad) is np.ndarray
            assert type(y.grad) is np.ndarray
            assert x.grad.shape == shape
            x.grad[...] = 1.0
