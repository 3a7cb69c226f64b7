"""Tests of selection: every index that numpy has, and functions that choose elements."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import (
    array_shapes,
    basic_indices,
    integer_array_indices,
    mutually_broadcastable_shapes,
)

from autograd import Tensor, ValueArray, grad
from autograd.rules.indexing import scatter
from tests.autograd.rules.linear import check_linear

law = settings(derandomize=True, deadline=None, max_examples=100)
A = (3, 4)


def check_index(shape, index, carriers=(Tensor, ValueArray)):
    """The gradient of a selection is the weights, added up where they were taken from."""
    rng = np.random.default_rng(0)
    array = rng.normal(size=shape)
    weights = rng.normal(size=array[index].shape)
    expected = np.zeros(shape)
    np.add.at(expected, index, weights)
    for carrier in carriers:
        x = carrier(array)
        y = x[index]
        np.testing.assert_array_equal(y.data, array[index])
        if weights.size:
            np.sum(y * weights).backward()
            np.testing.assert_allclose(x.grad, expected, rtol=1e-14, atol=1e-14)


# --- x[index] -----------------------------------------------------------------------------------


@law
@given(st.data(), array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
def test_basic_indices(data, shape):
    check_index(shape, data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)))


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_integer_arrays_with_repetitions(data, shape):
    check_index(shape, data.draw(integer_array_indices(shape)))


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_masks(data, shape):
    size = int(np.prod(shape))
    bits = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    check_index(shape, np.array(bits).reshape(shape))


@st.composite
def mixed_indices(draw, shape):
    """Slices, integers, masks, new axes and integer arrays of shapes that broadcast."""
    ndim = len(shape)
    shapes = draw(mutually_broadcastable_shapes(num_shapes=ndim, max_dims=2, max_side=2))
    parts = []
    for length, array_shape in zip(shape, shapes.input_shapes, strict=True):
        count = int(np.prod(array_shape))
        numbers = st.integers(-length, length - 1)
        arrays = st.lists(numbers, min_size=count, max_size=count)
        parts.append(
            draw(
                st.one_of(
                    st.slices(length),
                    numbers,
                    numbers.map(np.int8),
                    arrays.map(lambda xs, s=array_shape: np.array(xs, dtype=int).reshape(s)),
                )
            )
        )
        if draw(st.booleans()):
            parts.append(None)
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), Ellipsis)
    return tuple(parts)


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_indices_of_all_kinds_together(data, shape):
    check_index(shape, data.draw(mixed_indices(shape)))


@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 1],
        [[0, 1], [1, 0]],
        [True, False],
        ([0, 0, 0], [1, 1, 2]),
        ((0, 1), (1, 1)),
        (0, [1, 1, 1]),
        ([0, 0], slice(None, None, -2)),
        (slice(None), [1, 1]),
        (None, [0, 0], Ellipsis),
        (np.array([True, False]), [1]),
        (np.array([True, True]), [1, 1]),
        ([0, 0], np.array([True, False, True])),
        np.ix_([0, 1, 0], [2, 2]),
        np.int64(-1),
        (np.int8(1), np.uint16(2)),
        True,
        False,
        np.True_,
        (True, 0),
        np.array(1),
        np.array([[0, 1], [1, 0]], dtype=np.uint8),
        np.array([-1, -2, 1, -1], dtype=np.int16),
        [],
        ([], []),
        (),
        Ellipsis,
        None,
    ],
    ids=str,
)
def test_indices_of_odd_kinds(index):
    check_index((2, 3), index)


def test_rows_of_a_table_as_in_an_embedding():
    """Many rows, most of them repeated, added up in the precision of the table."""
    rng = np.random.default_rng(1)
    table = Tensor(rng.normal(size=(20, 3, 2)).astype(np.float32))
    words = rng.integers(-20, 20, size=(5, 7))
    weights = rng.normal(size=(5, 7, 3, 2)).astype(np.float32)
    (table[words] * weights).sum().backward()
    expected = np.zeros((20, 3, 2))
    np.add.at(expected, words, weights)
    assert table.grad.dtype == np.float32
    np.testing.assert_allclose(table.grad, expected, rtol=1e-5, atol=1e-6)


def test_indices_may_be_nodes():
    x = Tensor([1.0, 2.0, 3.0])
    rows = Tensor(np.array([0, 0, 2]), requires_grad=False)
    x[rows].sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 0.0, 1.0])
    np.testing.assert_array_equal(x[x > 1.5].data, [2.0, 3.0])


@pytest.mark.parametrize("index", [5, (0, 0), "a", [0.5]])
def test_indices_that_do_not_fit(index):
    with pytest.raises(IndexError):
        Tensor([1.0, 2.0])[index]


@law
@given(st.data(), array_shapes(max_dims=3, max_side=3))
def test_scatter_is_the_transpose_of_indexing(data, shape):
    """⟨x[index], v⟩ = ⟨x, scatter(v)⟩, and the derivative of either is the other."""
    index = data.draw(mixed_indices(shape))
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    v = rng.normal(size=x[index].shape)
    scattered = scatter(v, shape=shape, index=index)
    assert np.sum(x[index] * v) == pytest.approx(np.sum(x * scattered), abs=1e-12)
    weights = np.asarray(rng.normal(size=shape))
    found = grad(lambda u: np.sum(scatter(u, shape=shape, index=index) * weights))(np.asarray(v))
    np.testing.assert_array_equal(found, weights[index])


def test_complex_elements_are_scattered():
    x = Tensor(np.array([1.0 + 1j, 2.0]))
    y = x[[0, 0, 1]] * np.array([1j, 2.0, 3.0])
    y.real.sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0 - 1j, 3.0])


# --- functions ----------------------------------------------------------------------------------

MASK = np.array([[True, False, True, False], [False] * 4, [True, True, False, True]])

LINEAR = {
    "index an open grid": (lambda a: a[np.ix_([2, 0, 2], [1, 1])], A),
    "index a diagonal": (lambda a: a[np.diag_indices(3)], A),
    "index a triangle": (lambda a: a[np.triu_indices(3, 1, 4)], A),
    "choose": (lambda a, b: np.choose([0, 1, 1, 0], [a, b]), A, A),
    "choose broadcasts": (lambda a, b: np.choose([[2], [0]], [a, b, a]), (3,), ()),
    "choose wraps": (lambda a, b: np.choose([-1, 0, 3, 4], [a, b], mode="wrap"), A, (4,)),
    "choose clips": (lambda a, b: np.choose([-1, 0, 3, 4], [a, b], mode="clip"), A, (4,)),
    "choose rows": (lambda a: np.choose([2, 0, 1, 1], a), A),
    "select": (lambda a, b: np.select([MASK, ~MASK[::-1]], [a, b], 5.0), A, (4,)),
    "select from a default": (lambda a, b: np.select([MASK], [a], b), (), A),
    "select takes the first": (lambda a, b: np.select([MASK, MASK], [a, b]), A, A),
    "compress": (lambda a: np.compress([True, False, True], a, axis=0), A),
    "compress with too few": (lambda a: np.compress([0, 1], a, axis=1), A),
    "compress all elements": (lambda a: np.compress([0, 1, 0, 1, 1], a), A),
    "extract": (lambda a: np.extract(MASK, a), A),
    "bincount": (lambda w: np.bincount([1, 1, 4], w), (3,)),
    "bincount with room": (lambda w: np.bincount(np.array([0, 2]), weights=w, minlength=5), (2,)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear(name):
    check_linear(*LINEAR[name])


@pytest.mark.parametrize(
    "choose",
    [lambda a, b: np.choose([0, 1], [a, b]), lambda a, b: np.select([[True, False]], [a], b)],
    ids=["choose", "select"],
)
def test_what_is_not_chosen_receives_exactly_zero(choose):
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    choose(a, b).backward(np.array([np.inf, np.nan]))
    np.testing.assert_array_equal(a.grad, [np.inf, 0.0])
    np.testing.assert_array_equal(b.grad, [0.0, np.nan])


def test_conditions_may_be_constant_nodes():
    x = Tensor([1.0, 2.0, 3.0])
    flags = Tensor(np.array([1.0, 0.0, 1.0]), requires_grad=False)
    numbers = Tensor(np.array([1, 0, 1]), requires_grad=False)
    np.testing.assert_array_equal(np.compress(flags, x).data, [1.0, 3.0])
    np.testing.assert_array_equal(np.extract(flags, x).data, [1.0, 3.0])
    np.testing.assert_array_equal(np.choose(numbers, [x, -x]).data, [-1.0, 2.0, -3.0])
    np.testing.assert_array_equal(np.bincount(numbers, x).data, [2.0, 4.0])


def test_where_something_is_has_no_gradient():
    x = Tensor([[0.0, 2.0], [3.0, 0.0]])
    np.testing.assert_array_equal(np.argwhere(x), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(np.flatnonzero(x), [1, 2])
    np.testing.assert_array_equal(np.nonzero(x), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(x[np.triu_indices_from(x)].data, [0.0, 2.0, 0.0])
    np.testing.assert_array_equal(x[np.diag_indices_from(x)].data, [0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.choose([0, 2, 0], [x, x]), "choose.*invalid entry"),
        (lambda x: np.select([[True] * 3], [x, x]), "1 conditions were given for 2 choices"),
        (lambda x: np.compress([1, 1, 1, 1], x), "out of bounds"),
        (lambda x: np.bincount([0, -1, 0], x), "bincount.*negative"),
        (lambda x: np.bincount([0, 1], x), "bincount.*same length"),
    ],
    ids=range(5),
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ValueError, IndexError), match=message):
        call(Tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.put(x, [0], 1.0),
        lambda x: np.place(x, [True, False], [1.0]),
        lambda x: np.putmask(np.zeros(2), [True, False], x),
        lambda x: np.copyto(np.zeros(2), x),
        lambda x: np.fill_diagonal(x, 1.0),
        lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0),
    ],
    ids=["put", "place", "putmask", "copyto", "fill_diagonal", "put_along_axis"],
)
@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_writing_is_refused_with_the_remedy(call, carrier):
    x = carrier([1.0, 2.0])
    with pytest.raises(TypeError, match=r"np\.(put|place|copyto|fill).*np\.where\(mask, new, x\)"):
        call(x)
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
