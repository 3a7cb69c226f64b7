"""Tests of contractions and diagonals: values, and derivatives of first and second order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, ValueArray, hessian
from tests.autograd.rules.derivative_laws import check_derivatives


def normal(*shapes, dtype=float):
    rng = np.random.default_rng(sum(map(len, shapes)))
    arrays = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    if dtype is complex:
        arrays = [np.asarray(array + 1j * rng.normal(size=array.shape)) for array in arrays]
    return arrays


# --- einsum -----------------------------------------------------------------------------------

EXPRESSIONS = [
    ("i->", (3,)),
    ("i->i", (3,)),
    ("ij->ji", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("iji->j", (2, 3, 2)),
    ("iii->i", (2, 2, 2)),
    ("iijj->ij", (2, 2, 3, 3)),
    ("iijj->", (2, 2, 2, 2)),
    ("i,i->", (3,), (3,)),
    ("i,j->ij", (2,), (3,)),
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("ba,cb", (2, 3), (2, 2)),
    ("ij,kl->", (2, 2), (1, 3)),
    ("ii,jj->ij", (2, 2), (3, 3)),
    ("ij,j,jk->ik", (2, 3), (3,), (3, 2)),
    ("aij,ajk,akl->il", (2, 1, 2), (2, 2, 3), (2, 3, 1)),
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("ij,ij->", (1, 3), (2, 3)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 1)),
    ("...i,...i", (2, 3), (2, 3)),
    ("i...->...", (2, 3)),
    ("...ii->...i", (2, 3, 3)),
    ("i...i->...", (2, 3, 2)),
    ("...,...", (2, 3), ()),
    (",i->i", (), (3,)),
    ("...->", ()),
    (" i j , j k -> i k ", (2, 3), (3, 2)),
    ("iA,Aj", (2, 3), (3, 2)),
]


@pytest.mark.parametrize(
    ("subscripts", "shapes"), [(s, shapes) for s, *shapes in EXPRESSIONS], ids=str
)
def test_einsum(subscripts, shapes):
    if subscripts == "...->":
        arrays = normal(*shapes)
        assert np.einsum(subscripts, Tensor(arrays[0])).data == arrays[0]
        return
    check_derivatives(lambda *xs: np.einsum(subscripts, *xs), *normal(*shapes))


@pytest.mark.parametrize("subscripts", ["ij,jk->ik", "iij,jk", "...i,...i"])
def test_einsum_of_complex_arrays(subscripts):
    check_derivatives(
        lambda x, y: np.einsum(subscripts, x, y),
        *normal(
            (2,) * len(subscripts.partition(",")[0].replace("...", "a")), (2, 2), dtype=complex
        ),
    )


def test_einsum_with_a_repeated_operand():
    (a,) = normal((3, 3))
    check_derivatives(lambda x: np.einsum("ij,jk,ki->", x, x, x), a)


@pytest.mark.parametrize("optimize", [True, "optimal", ["einsum_path", (0, 1), (0, 1)]], ids=str)
def test_einsum_in_a_chosen_order(optimize):
    arrays = normal((2, 3), (3, 2), (2, 2))
    check_derivatives(lambda *xs: np.einsum("ij,jk,kl->il", *xs, optimize=optimize), *arrays)


@pytest.mark.parametrize("result", [[[0, 2]], [[2, 0]], []], ids=str)
def test_einsum_with_lists_of_axes(result):
    check_derivatives(
        lambda x, y: np.einsum(x, [0, 1], y, [1, 2], *result), *normal((2, 3), (3, 2))
    )


def test_einsum_with_an_ellipsis_in_a_list():
    check_derivatives(lambda x: np.einsum(x, [Ellipsis, 0, 0]), *normal((2, 3, 3)))


def test_einsum_sums_what_an_ellipsis_hides_and_the_result_does_not_name():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    y = np.einsum("...i->i", x)
    np.testing.assert_array_equal(y.data, [3.0, 5.0, 7.0])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_einsum_of_any_expression(data):
    """Against numpy in value, and against the sum over every index in the gradient."""
    terms = data.draw(st.lists(st.text("abc", min_size=0, max_size=3), min_size=1, max_size=3))
    names = sorted(set("".join(terms)))
    result = "".join(data.draw(st.permutations(names)))[: data.draw(st.integers(0, len(names)))]
    sizes = {name: data.draw(st.integers(1, 3)) for name in names}
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [rng.normal(size=[sizes[k] for k in term]) for term in terms]
    weights = rng.normal(size=[sizes[k] for k in result])
    tensors = [Tensor(array) for array in arrays]
    subscripts = f"{','.join(terms)}->{result}"
    out = np.einsum(subscripts, *tensors)
    np.testing.assert_allclose(out.data, np.einsum(subscripts, *arrays), rtol=1e-12, atol=1e-12)

    (out * weights).sum().backward()
    expected = [np.zeros(array.shape) for array in arrays]
    for index in np.ndindex(*sizes.values()):
        at = dict(zip(sizes, index, strict=True))
        places = [tuple(at[k] for k in term) for term in terms]
        factors = [array[place] for array, place in zip(arrays, places, strict=True)]
        for slot, place in enumerate(places):
            others = np.prod(factors[:slot] + factors[slot + 1 :])
            expected[slot][place] += weights[tuple(at[k] for k in result)] * others
    for tensor, gradient in zip(tensors, expected, strict=True):
        np.testing.assert_allclose(tensor.grad, gradient, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "message"),
    [
        ("ij,jk", [(2, 2)], "1 operands"),
        ("ij", [(3,)], "names the axes 'ij'"),
        ("i", [(2, 3)], "names the axes 'i'"),
        ("...ij", [(3,)], "names the axes"),
        ("ij,jk", [(2, 3), (2, 3)], r"einsum.*\(2, 3\) and \(2, 3\)"),
        ("ij->k", [(2, 3)], "einsum"),
    ],
)
def test_einsum_says_what_does_not_fit(subscripts, shapes, message):
    with pytest.raises(ValueError, match=message):
        np.einsum(subscripts, *(Tensor(np.ones(shape)) for shape in shapes))


def test_einsum_refuses_what_it_cannot_record():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="does not take dtype"):
        np.einsum("i->", x, dtype=np.float32)


def test_empty_axes_sum_to_zero():
    x, y = Tensor(np.ones((2, 0))), Tensor(np.ones((0, 3)))
    out = np.einsum("ij,jk->ik", x, y)
    np.testing.assert_array_equal(out.data, np.zeros((2, 3)))
    out.sum().backward()
    assert (x.grad.shape, y.grad.shape) == ((2, 0), (0, 3))


# --- products ---------------------------------------------------------------------------------

PRODUCTS = [
    ("dot", np.dot, [(3,), (3,)]),
    ("dot, matrices", np.dot, [(2, 3), (3, 2)]),
    ("dot, matrix and vector", np.dot, [(2, 3), (3,)]),
    ("dot, vector and stack", np.dot, [(3,), (2, 3, 2)]),
    ("dot, stacks", np.dot, [(2, 1, 3), (2, 3, 2)]),
    ("dot, scalar", np.dot, [(), (2, 3)]),
    ("vdot", np.vdot, [(2, 3), (3, 2)]),
    ("vdot, scalars", np.vdot, [(), ()]),
    ("inner", np.inner, [(3,), (3,)]),
    ("inner, matrices", np.inner, [(2, 3), (4, 3)]),
    ("inner, stacks", np.inner, [(2, 2, 3), (3,)]),
    ("inner, scalar", np.inner, [(2, 2), ()]),
    ("vecdot", np.vecdot, [(2, 3), (3,)]),
    ("vecdot, axis", lambda x, y: np.vecdot(x, y, axis=0), [(3, 2), (3, 1)]),
    ("linalg.vecdot", lambda x, y: np.linalg.vecdot(x, y, axis=-2), [(3, 2), (3, 2)]),
    ("outer", np.outer, [(2, 2), (3,)]),
    ("linalg.outer", np.linalg.outer, [(2,), (3,)]),
    ("tensordot", np.tensordot, [(2, 3, 2), (3, 2, 2)]),
    ("tensordot, none", lambda x, y: np.tensordot(x, y, 0), [(2,), (3, 1)]),
    ("tensordot, one", lambda x, y: np.tensordot(x, y, axes=(0, -1)), [(2, 3), (3, 2)]),
    (
        "tensordot, crosswise",
        lambda x, y: np.tensordot(x, y, axes=([0, -1], [2, 0])),
        [(2, 1, 3), (3, 2, 2)],
    ),
    ("linalg.tensordot", lambda x, y: np.linalg.tensordot(x, y, axes=1), [(2, 3), (3, 2)]),
    ("kron", np.kron, [(2, 2), (2, 3)]),
    ("kron, vectors", np.kron, [(2,), (3,)]),
    ("kron, more axes on the right", np.kron, [(2,), (2, 1, 2)]),
    ("kron, scalar", np.kron, [(), (2, 2)]),
    ("cross", np.cross, [(3,), (3,)]),
    ("cross, stretched", np.cross, [(2, 1, 3), (2, 3)]),
    ("cross, axis", lambda x, y: np.cross(x, y, axis=0), [(3, 2), (3, 2)]),
    ("cross, axes", lambda x, y: np.cross(x, y, 0, 1, 0), [(3, 2), (2, 3)]),
    ("linalg.cross", lambda x, y: np.linalg.cross(x, y, axis=0), [(3, 2), (3, 2)]),
]
if hasattr(np, "matvec"):
    PRODUCTS += [
        ("matvec", np.matvec, [(2, 2, 3), (3,)]),
        ("vecmat", np.vecmat, [(2, 2), (2, 3)]),
    ]


@pytest.mark.parametrize(
    ("function", "shapes"), [case[1:] for case in PRODUCTS], ids=[case[0] for case in PRODUCTS]
)
def test_product(function, shapes):
    check_derivatives(function, *normal(*shapes))


@pytest.mark.parametrize(
    ("function", "shapes"), [case[1:] for case in PRODUCTS], ids=[case[0] for case in PRODUCTS]
)
def test_product_of_complex_arrays(function, shapes):
    check_derivatives(function, *normal(*shapes, dtype=complex))


@pytest.mark.parametrize("function", [np.dot, np.inner, np.outer, np.kron, np.vdot, np.tensordot])
def test_constants_on_either_side(function):
    a = [[1.0, 2.0], [3.0, 4.0]]
    plain = function(np.eye(2), np.asarray(a))
    for pair in ((np.eye(2), Tensor(a)), (Tensor(np.eye(2)), a), (np.eye(2).tolist(), Tensor(a))):
        out = function(*pair)
        assert isinstance(out, Tensor)
        np.testing.assert_array_equal(out.data, plain)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.tensordot(x, x, axes=1), r"axes \[1\] of shape \(2, 3\)"),
        (lambda x: np.cross(x, x[:, :2]), "3 and 2"),
        (lambda x: np.dot(x, x), r"matmul.*\(2, 3\) and \(2, 3\)"),
        (lambda x: np.vander(x), r"\(2, 3\)"),
        (lambda x: np.diag(x[None]), r"\(1, 2, 3\)"),
        (lambda x: np.diagonal(x[0]), r"diagonal.*\(3,\)"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(Tensor(np.ones((2, 3))))


@pytest.mark.parametrize("options", [{}, {"N": 2}, {"N": 4, "increasing": True}], ids=str)
def test_vander(options):
    check_derivatives(lambda x: np.vander(x, **options), np.array([0.5, -1.5, 2.0]))


def test_vander_at_zero():
    """1, x, x², …: the derivatives of x⁰ at 0 are 0, and those of the others are their own."""
    second = hessian(lambda x: np.vander(x, 4, increasing=True).sum())(np.zeros(1))
    np.testing.assert_array_equal(second, [[2.0]])


# --- diagonals and triangles ------------------------------------------------------------------

DIAGONALS = [
    ("diagonal", np.diagonal, (3, 2)),
    ("diagonal, above", lambda x: np.diagonal(x, 1), (2, 3)),
    ("diagonal, outside", lambda x: np.diagonal(x, 3), (2, 3)),
    ("diagonal, axes", lambda x: np.diagonal(x, -1, 2, 0), (2, 3, 3)),
    ("linalg.diagonal", lambda x: np.linalg.diagonal(x, offset=1), (2, 2, 3)),
    ("trace", np.trace, (3, 2)),
    ("trace, axes", lambda x: np.trace(x, offset=1, axis1=1, axis2=-1), (2, 3, 3)),
    ("linalg.trace", lambda x: np.linalg.trace(x, offset=-1), (2, 3, 2)),
    ("diag of a vector", np.diag, (3,)),
    ("diag of a vector, below", lambda x: np.diag(x, -2), (2,)),
    ("diag of a matrix", lambda x: np.diag(x, k=1), (3, 4)),
    ("diagflat", lambda x: np.diagflat(x, 1), (2, 2)),
    ("tril", np.tril, (3, 2)),
    ("tril, above", lambda x: np.tril(x, 1), (2, 2, 3)),
    ("tril of a vector", np.tril, (3,)),
    ("triu", lambda x: np.triu(x, k=-1), (2, 3, 3)),
]


@pytest.mark.parametrize(
    ("function", "shape"), [case[1:] for case in DIAGONALS], ids=[case[0] for case in DIAGONALS]
)
def test_diagonal(function, shape):
    check_derivatives(function, *normal(shape))


def test_a_trace_of_values_is_a_value():
    x = ValueArray([[1.0, 2.0], [3.0, 4.0]])
    np.trace(x).backward()
    np.testing.assert_array_equal(x.grad, np.eye(2))


def test_places_have_no_gradient():
    x = Tensor(np.arange(9.0).reshape(3, 3))
    np.testing.assert_array_equal(x[np.triu_indices_from(x, 1)].data, [1.0, 2.0, 5.0])
    np.testing.assert_array_equal(x[np.tril_indices_from(x, -1)].data, [3.0, 6.0, 7.0])
    np.testing.assert_array_equal(x[np.diag_indices_from(x)].data, [0.0, 4.0, 8.0])
    assert np.einsum_path("ij,jk->ik", x, x)[0] == ["einsum_path", (0, 1)]


@pytest.mark.parametrize("function", [np.dot, np.inner, np.vdot, np.outer, np.kron, np.vecdot])
def test_masks_are_not_lost(function):
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    for pair in ((masked, Tensor([3.0, 4.0])), (Tensor([3.0, 4.0]), masked)):
        with pytest.raises(TypeError, match="mask"):
            function(*pair)
