"""Tests of MLP."""

from functools import partial

import numpy as np
import pytest

import nn


def test_children_are_named_in_the_order_in_which_they_run():
    model = nn.MLP((4, 3, 2, 1), nn.Tanh, nn.Sigmoid)
    assert [name for name, _ in model.named_children()] == [
        "fc1",
        "act1",
        "fc2",
        "act2",
        "fc3",
        "act3",
    ]
    assert isinstance(model.act2, nn.Tanh)
    assert isinstance(model.act3, nn.Sigmoid)
    assert len(nn.MLP((4, 3, 2))) == 3


def test_init_fills_the_weights_and_zeroes_the_biases():
    model = nn.MLP((4, 300, 1), init=partial(nn.init.normal_, std=0.1), seed=0, dtype=np.float64)
    assert model.fc1.weight.data.std() == pytest.approx(0.1, rel=0.1)
    assert not model.fc1.bias.data.any()
    other = nn.MLP((4, 300, 1), init=partial(nn.init.normal_, std=0.1), seed=0, dtype=np.float64)
    np.testing.assert_array_equal(model.fc2.weight.data, other.fc2.weight.data)


def test_learned_activations_are_not_shared():
    model = nn.MLP((2, 2, 2, 1), nn.PReLU)
    assert model.act1.weight is not model.act2.weight


def test_bad_input():
    with pytest.raises(ValueError, match=r"sizes of its input and output at least, but got \(3,\)"):
        nn.MLP((3,))
    with pytest.raises(TypeError, match=r"activation=nn\.ReLU, and not one object"):
        nn.MLP((3, 2), nn.ReLU())


@pytest.mark.parametrize("init", [nn.init.zeros_, nn.init.ones_, nn.init.eye_])
def test_initialisers_without_randomness_are_called_like_the_others(init):
    model = nn.MLP((3, 3, 2), init=init, seed=0)
    expected = init(nn.Parameter(np.full((3, 3), 7.0)))
    np.testing.assert_array_equal(model.fc1.weight.data, expected.data)
