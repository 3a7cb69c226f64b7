"""Blocks: however parameters are cut into them, the same numbers come out."""

import numpy as np
import pytest

import nn
from nn.optim import block

OPTIMISERS = ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "ASGD", "Lion", "NAdam", "RAdam",
              "RMSprop", "Rprop", "SGD"]  # fmt: skip
SHAPES = [(3, 5), (), (0, 2), (7,), (2, 2)]


def run(name, dtype, **options):
    """Some steps; then the state is saved, loaded elsewhere, and another step is made."""
    rng = np.random.default_rng(0)
    numbers = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    params = [nn.Parameter(x.copy(), dtype) for x in numbers]
    optimiser = getattr(nn.optim, name)(params, **options)
    for step in range(4):
        if step == 3:
            saved, optimiser = optimiser.state_dict(), getattr(nn.optim, name)(params, **options)
            optimiser.load_state_dict(saved)
        for param in params:
            param.grad = rng.normal(size=param.shape).astype(dtype)
        optimiser.step()
    return [param.data for param in params], optimiser.state_dict()["state"]


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize("cached", [1, 4, 15, 16])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_where_blocks_are_cut_does_not_matter(name, cached, dtype, monkeypatch):
    options = {} if name == "Rprop" else {"weight_decay": 0.1}
    if name == "SGD":
        options |= {"momentum": 0.9}
    expected, kept = run(name, dtype, **options)
    monkeypatch.setattr(block, "_CACHED", cached)
    found, again = run(name, dtype, **options)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert again.keys() == kept.keys()
    for number, state in kept.items():
        assert again[number].keys() == state.keys()
        for key, array in state.items():
            np.testing.assert_array_equal(again[number][key], array)


def test_gradients_need_not_lie_in_one_piece():
    weight = nn.Parameter(np.zeros((3, 2)))
    weight.grad = np.arange(6.0, dtype=np.float32).reshape(2, 3).T
    nn.optim.SGD([weight], lr=1.0).step()
    np.testing.assert_array_equal(weight.data, [[0, -3], [-1, -4], [-2, -5]])
    assert weight.data.flags.c_contiguous
