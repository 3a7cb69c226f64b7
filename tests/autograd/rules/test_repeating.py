"""Tests of repeating, windows and padding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from numpy.lib.stride_tricks import sliding_window_view

from autograd import Tensor
from tests.autograd.rules.linear import check_linear

law = settings(derandomize=True, deadline=None, max_examples=25)
A = (2, 3)

REPEATING = {
    "repeat": (lambda a: np.repeat(a, 2), A),
    "repeat along an axis": (lambda a: np.repeat(a, 3, axis=-1), A),
    "repeat a single number of times": (lambda a: np.repeat(a, [2], axis=0), A),
    "repeat each differently": (lambda a: np.repeat(a, [2, 0, 3], axis=1), A),
    "repeat each element": (lambda a: np.repeat(a, np.array([1, 0, 2, 0, 1, 1])), A),
    "repeat not at all": (lambda a: np.repeat(a, 0, axis=1), A),
    "repeat a scalar": (lambda a: np.repeat(a, 3), ()),
    "tile": (lambda a: np.tile(a, 2), A),
    "tile along axes": (lambda a: np.tile(a, (3, 2)), A),
    "tile into more axes": (lambda a: np.tile(a, (2, 1, 3)), (3,)),
    "tile fewer axes": (lambda a: np.tile(a, (2,)), (2, 2, 2)),
    "tile not at all": (lambda a: np.tile(a, 0), A),
    "tile as it is": (lambda a: np.tile(a, ()), A),
    "tile a scalar": (lambda a: np.tile(a, (2, 2)), ()),
    "resize to more": (lambda a: np.resize(a, (3, 5)), A),
    "resize to less": (lambda a: np.resize(a, 4), A),
    "windows": (lambda a: sliding_window_view(a, 2), (5,)),
    "windows along an axis": (lambda a: sliding_window_view(a, 2, axis=1), (2, 4)),
    "windows along two axes": (lambda a: sliding_window_view(a, (2, 3)), (3, 4)),
    "windows along axes by name": (
        lambda a: sliding_window_view(a, window_shape=(2, 2), axis=(2, 0)),
        (2, 2, 3),
    ),
}

PADDING = {
    "all around": (lambda a: np.pad(a, 1), A),
    "before and after": (lambda a: np.pad(a, (1, 2)), A),
    "each axis its own": (lambda a: np.pad(a, ((0, 1), (2, 0))), A),
    "each axis the same": (lambda a: np.pad(a, ((1,), (2,))), A),
    "an axis by its number": (lambda a: np.pad(a, {-1: (1, 2)}), A),
    "nothing": (lambda a: np.pad(a, 0), A),
    "around nothing": (lambda a: np.pad(a, 2), (0,)),
    "constants": (lambda a: np.pad(a, 1, constant_values=3.0), A),
    "constants at each side": (
        lambda a: np.pad(a, 2, "constant", constant_values=((1, 2), (3, 4))),
        A,
    ),
    "edge": (lambda a: np.pad(a, ((1, 2), (0, 3)), mode="edge"), A),
    "reflect": (lambda a: np.pad(a, ((1, 0), (2, 2)), mode="reflect"), A),
    "reflect again and again": (lambda a: np.pad(a, 7, mode="reflect"), (3,)),
    "symmetric": (lambda a: np.pad(a, ((1, 2), (3, 2)), mode="symmetric"), A),
    "wrap": (lambda a: np.pad(a, ((1, 2), (3, 2)), mode="wrap"), A),
    "wrap again and again": (lambda a: np.pad(a, 7, "wrap"), (3,)),
}


@pytest.mark.parametrize("name", REPEATING)
def test_linear(name):
    check_linear(*REPEATING[name])


@pytest.mark.parametrize("name", PADDING)
def test_padding(name):
    check_linear(*PADDING[name])


@law
@given(
    array_shapes(max_dims=3, max_side=3),
    st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]),
    st.data(),
)
def test_padding_of_any_width(shape, mode, data):
    widths = [data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4))) for _ in shape]
    check_linear(lambda a: np.pad(a, widths, mode), shape, values=False)


def test_the_name_of_the_function_is_the_name_of_the_node():
    x = Tensor(np.ones((2, 3)))
    made = [np.repeat(x, 2, axis=0), np.tile(x, 2), np.pad(x, 1), sliding_window_view(x, (1, 2))]
    assert [y.op for y in made] == ["repeat", "tile", "pad", "sliding_window_view"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "mean"}, "constant, edge, reflect, symmetric, wrap.*mode='mean'"),
        ({"mode": "linear_ramp", "end_values": 2}, "mode='linear_ramp', end_values="),
        ({"mode": "reflect", "reflect_type": "odd"}, "reflect_type="),
        ({"mode": lambda row, width, axis, options: None}, "knows the modes"),
    ],
    ids=["mean", "linear_ramp", "odd", "function"],
)
def test_other_borders_are_refused_by_name(options, message):
    with pytest.raises(TypeError, match=message):
        np.pad(Tensor([1.0, 2.0]), 1, **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.pad(x, -1), "pad does not fit"),
        (lambda x: np.repeat(x, [1, 2, 3]), "repeat does not fit"),
        (lambda x: np.repeat(x, -1), "repeat does not fit"),
        (lambda x: np.resize(x, -1), "resize.*negative"),
        (lambda x: sliding_window_view(x, 3), "sliding_window_view does not fit"),
    ],
    ids=range(5),
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Tensor([1.0, 2.0]))
