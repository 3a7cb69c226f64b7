"""Blocks: however parameters are cut into them, the same numbers come out."""

import copy
import pickle
import weakref

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


class TestArraysOfOthers:
    """What was read from a parameter, or given to it, belongs to others too."""

    def setup_method(self):
        self.weights = [nn.Parameter([1.0, 2.0]), nn.Parameter([3.0, 4.0])]
        self.optimizer = nn.optim.SGD(self.weights, lr=1.0)
        self.step()

    def step(self):
        for weight in self.weights:
            weight.grad = np.ones(2, np.float32)
        self.optimizer.step()

    def numbers(self):
        return [weight.data.tolist() for weight in self.weights]

    def test_old_numbers_stay(self):
        old = [weight.data for weight in self.weights]
        self.step()
        assert [array.tolist() for array in old] == [[0, 1], [2, 3]]
        assert self.numbers() == [[-1, 0], [1, 2]]

    def test_old_arrays_are_not_kept(self):
        alone = nn.Parameter([1.0])
        alone.grad = np.ones(1, np.float32)
        optimizer = nn.optim.SGD([alone], lr=1.0)
        old = [weakref.ref(weight.data) for weight in (alone, *self.weights)]
        optimizer.step()
        self.step()
        assert [array() for array in old] == [None] * 3

    def test_writing_into_a_parameter_counts(self):
        self.weights[1].data[0] = 10
        self.step()
        assert self.numbers() == [[-1, 0], [9, 2]]

    def test_new_numbers_count(self):
        self.weights[1].data = [10, 20]
        self.step()
        assert self.numbers() == [[-1, 0], [9, 19]]

    def test_parameters_may_swap_their_numbers(self):
        first, second = (weight.data for weight in self.weights)
        self.weights[0].data, self.weights[1].data = second, first
        self.step()
        assert self.numbers() == [[1, 2], [-1, 0]]

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
    def test_copies_are_on_their_own(self, copied):
        self.weights, self.optimizer = copied((self.weights, self.optimizer))
        self.weights[0].data[0] = 10
        self.step()
        assert self.numbers() == [[9, 0], [1, 2]]

    @pytest.mark.parametrize("count", [1, 2])
    def test_no_rule_can_write_into_gradients_and_weights(self, count):
        class Writing(nn.optim.SGD):
            def _change(self, grad, block):
                for array in (grad, block.weights):
                    with pytest.raises(ValueError, match="read-only"):
                        array *= 2
                return grad

        optimizer = Writing(self.weights[:count], lr=1.0)
        for _ in range(2):
            optimizer.step()
        assert self.numbers()[0] == [-2, -1]
        assert self.weights[0].grad.tolist() == [1, 1]
