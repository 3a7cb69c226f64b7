"""The table of derivatives against PyTorch: random expressions, and the hard points."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, ValueArray
from autograd.primitives import TABLE

pytestmark = pytest.mark.oracle

F = torch.nn.functional
INF, NAN = math.inf, math.nan

#: What PyTorch calls the entries of the table, elementwise.
UNARY = {
    "negative": torch.neg, "positive": torch.positive, "abs": torch.abs, "sign": torch.sign,
    "square": torch.square, "reciprocal": torch.reciprocal, "exp": torch.exp, "exp2": torch.exp2,
    "expm1": torch.expm1, "log": torch.log, "log2": torch.log2, "log10": torch.log10,
    "log1p": torch.log1p, "sqrt": torch.sqrt, "sin": torch.sin, "cos": torch.cos,
    "tan": torch.tan, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh,
    "arctan": torch.arctan, "sigmoid": torch.sigmoid, "relu": torch.relu, "silu": F.silu,
    "softplus": lambda x: F.softplus(x, threshold=100), "elu": F.elu, "leaky_relu": F.leaky_relu,
    "floor": torch.floor, "ceil": torch.ceil, "rint": torch.round, "trunc": torch.trunc,
}  # fmt: skip
BINARY = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
    "power": torch.pow, "maximum": torch.maximum, "minimum": torch.minimum,
}  # fmt: skip
POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 30.0, -30.0, 1000.0, -1000.0]
ENDS = [INF, -INF, NAN]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def ours(name, numbers, carrier, **params):
    nodes = [carrier(x) for x in numbers]
    out = TABLE[name](*nodes, **params)
    out.backward()
    return [float(np.asarray(n).item()) for n in (out.data, *(node.grad for node in nodes))]


def theirs(function, numbers):
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    out = function(*leaves)
    if not out.requires_grad:
        return [out.item(), *[0.0] * len(leaves)]
    out.backward()
    return [out.item(), *(0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves)]


CARRIERS = pytest.mark.parametrize(
    "carrier", [Value, Tensor, lambda x: ValueArray([x])], ids=["Value", "Tensor", "ValueArray"]
)


@CARRIERS
@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("name", UNARY)
def test_one_operand_at_every_point(name, x, carrier):
    np.testing.assert_allclose(
        ours(name, [x], carrier), theirs(UNARY[name], [x]), rtol=1e-10, atol=1e-10
    )


@CARRIERS
@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("y", POINTS)
@pytest.mark.parametrize("name", BINARY)
def test_two_operands_at_every_pair(name, x, y, carrier):
    np.testing.assert_allclose(
        ours(name, [x, y], carrier), theirs(BINARY[name], [x, y]), rtol=1e-10, atol=1e-10
    )


@CARRIERS
@pytest.mark.parametrize("x", ENDS)
@pytest.mark.parametrize("name", UNARY)
def test_one_operand_at_the_ends(name, x, carrier):
    if math.isnan(x) and name in ("abs", "sign", "elu"):
        x = INF  # numpy's sign of nan is nan, PyTorch's is 0; and elu'(nan) is not a number here
    np.testing.assert_allclose(
        ours(name, [x], carrier), theirs(UNARY[name], [x]), rtol=1e-10, atol=1e-10
    )


@CARRIERS
@pytest.mark.parametrize("x", [-2.0, -1.0, 0.0, 1.0, 1.5])
def test_clip_is_clamp(x, carrier):
    for low, high in ((-1.0, 1.0), (None, 1.0), (-1.0, None)):
        np.testing.assert_array_equal(
            ours("clip", [x], carrier, a_min=low, a_max=high),
            theirs(lambda z: torch.clamp(z, low, high), [x]),  # noqa: B023
        )


ROWS = [
    [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -999.0],
    [2.0, 2.0, 1.0], [-1.0, -1.0, -1.0], [0.0, -INF, 1.0], [1e6, 1.0, 1e6],
]  # fmt: skip
ALONG = {
    "softmax": (lambda x, d: torch.softmax(x, d), {}),
    "log_softmax": (lambda x, d: torch.log_softmax(x, d), {}),
    "logsumexp": (lambda x, d: torch.logsumexp(x, d), {}),
    "max": (lambda x, d: torch.amax(x, d), {}),
    "min": (lambda x, d: torch.amin(x, d), {}),
    "sum": (lambda x, d: torch.sum(x, d), {}),
    "mean": (lambda x, d: torch.mean(x, d), {}),
}


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("name", ALONG)
def test_along_an_axis(name, row, axis, carrier):
    array = np.array([row, [0.5, -0.25, 0.125]])
    weights = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
    weights = weights if "soft" in name else weights.sum(axis=axis)
    if np.isinf(row).any() and name in ("log_softmax", "sum", "mean", "min"):
        array = np.where(np.isinf(array), -50.0, array)  # inf × weight is not the question here
    x = carrier(array)
    np.sum(TABLE[name](x, axis=axis) * weights).backward()
    z = torch.tensor(array, requires_grad=True)
    (ALONG[name][0](z, axis) * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(x.grad, z.grad.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_logsumexp_of_minus_infinities(carrier):
    x = carrier([-INF, -INF])
    z = torch.tensor([-INF, -INF], dtype=torch.float64, requires_grad=True)
    out, reference = TABLE["logsumexp"](x, axis=0), torch.logsumexp(z, 0)
    out.backward()
    reference.backward()
    assert float(out.data) == reference.item() == -INF
    np.testing.assert_array_equal(x.grad, z.grad.numpy())


SAFE_UNARY = ["negative", "abs", "square", "sin", "cos", "tanh", "arctan", "sigmoid", "relu",
              "silu", "softplus", "elu_shifted", "leaky_relu", "exp_small"]  # fmt: skip
SAFE_BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "divide_safe", "matmul"]
law = settings(derandomize=True, deadline=None, max_examples=150)


def apply_ours(name, *xs):
    if name == "exp_small":
        return TABLE["exp"](TABLE["tanh"](xs[0]))
    if name == "elu_shifted":  # its second derivative jumps at 0, where each may choose a side
        return TABLE["elu"](xs[0] + 0.125)
    if name == "divide_safe":
        return xs[0] / (1.5 + TABLE["sin"](xs[1]))
    return TABLE[name](*xs)


def apply_theirs(name, *xs):
    if name == "exp_small":
        return torch.exp(torch.tanh(xs[0]))
    if name == "elu_shifted":
        return F.elu(xs[0] + 0.125)
    if name == "divide_safe":
        return xs[0] / (1.5 + torch.sin(xs[1]))
    return (torch.matmul if name == "matmul" else (UNARY | BINARY)[name])(*xs)


@st.composite
def expressions(draw):
    lines = []
    for place in range(3, 3 + draw(st.integers(1, 10))):
        names = st.sampled_from([*SAFE_UNARY, *SAFE_BINARY, "sum", "mean", "softmax", "transpose"])
        operand = st.integers(0, place - 1)
        lines.append((draw(names), draw(operand), draw(operand)))
    return lines, draw(st.integers(0, 2**32 - 1))


def run(lines, leaves, apply, others):
    found = list(leaves)
    for name, i, j in lines:
        if name in others:
            found.append(others[name](found[i]))
        elif name in SAFE_BINARY:
            found.append(apply(name, found[i], found[j]))
        else:
            found.append(apply(name, found[i]))
    return found


@law
@given(expressions())
def test_random_expressions_of_matrices(expression):
    """Loss, every gradient, and the gradient of the gradients' squares."""
    lines, seed = expression
    rng = np.random.default_rng(seed)
    # A few whole numbers among them, for ties and zeros.
    arrays = [np.where(rng.random((3, 3)) < 0.2, rng.integers(-1, 2, (3, 3)),
                       rng.normal(size=(3, 3))) for _ in range(3)]  # fmt: skip
    x = [Tensor(a) for a in arrays]
    z = [torch.tensor(a, requires_grad=True) for a in arrays]
    mine = run(lines, x, apply_ours, {
        "sum": lambda a: a + a.sum(axis=0, keepdims=True) * 0.1,
        "mean": lambda a: a - a.mean(axis=1, keepdims=True),
        "softmax": lambda a: TABLE["softmax"](a, axis=-1),
        "transpose": lambda a: a.T,
    })[-1]  # fmt: skip
    torches = run(lines, z, apply_theirs, {
        "sum": lambda a: a + a.sum(0, keepdim=True) * 0.1,
        "mean": lambda a: a - a.mean(1, keepdim=True),
        "softmax": lambda a: torch.softmax(a, -1),
        "transpose": lambda a: a.T,
    })[-1]  # fmt: skip
    np.testing.assert_allclose(mine.data, torches.detach().numpy(), rtol=1e-10, atol=1e-10)

    loss, reference = TABLE["tanh"](mine).sum(), torch.tanh(torches).sum()
    loss.backward(create_graph=True)
    used = [leaf for leaf in z if leaf.grad_fn is None]
    firsts = torch.autograd.grad(reference, used, create_graph=True, allow_unused=True)
    second = second_reference = None
    for leaf, first in zip(x, firsts, strict=True):
        assert (leaf.grad is None) == (first is None)
        if first is None:
            continue
        np.testing.assert_allclose(leaf.grad.data, first.detach().numpy(), rtol=1e-10, atol=1e-10)
        square, square_reference = (leaf.grad * leaf.grad).sum(), (first * first).sum()
        second = square if second is None else second + square
        second_reference = (
            square_reference if second_reference is None else second_reference + square_reference
        )
    for leaf in x:
        leaf.zero_grad()
    if not second_reference.requires_grad:
        return
    seconds = torch.autograd.grad(second_reference, used, allow_unused=True)
    if second.requires_grad:
        second.backward()
    for leaf, expected in zip(x, seconds, strict=True):
        got = np.zeros((3, 3)) if leaf.grad is None else leaf.grad
        want = np.zeros((3, 3)) if expected is None else expected.numpy()
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3,)),
     ((3,), (2, 3, 2)), ((2, 1, 2, 3), (3, 3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3))],
)  # fmt: skip
def test_matmul(a, b):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=a), rng.normal(size=b)
    x, z = [Tensor(v) for v in arrays], [torch.tensor(v, requires_grad=True) for v in arrays]
    (TABLE["sin"](x[0] @ x[1])).sum().backward()
    torch.sin(z[0] @ z[1]).sum().backward()
    for mine, other in zip(x, z, strict=True):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_abs_of_a_complex_zero():
    z = Tensor(0j)
    np.abs(z).backward()
    assert z.grad == 0


COMPLEX = ["negative", "abs", "sign", "square", "reciprocal", "exp", "log", "sqrt", "sin", "cos",
           "tan", "sinh", "cosh", "tanh"]  # fmt: skip


@pytest.mark.parametrize("z", [1 + 2j, -0.5 + 0.25j, 0.3 - 1j])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_convention(name, z):
    function = torch.sgn if name == "sign" else UNARY[name]
    x, reference = Tensor(z), torch.tensor(z, dtype=torch.complex128, requires_grad=True)
    # The entry itself is for real numbers; np.sign chooses.
    mine = np.sign if name == "sign" else TABLE[name]
    out, other = mine(x), function(reference)
    if out.dtype.kind == "c":
        out, other = np.real(out * np.complex128(0.3 - 0.7j)), (other * (0.3 - 0.7j)).real
    out.backward()
    other.backward()
    np.testing.assert_allclose(x.grad, reference.grad.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["multiply", "divide", "power", "add", "subtract", "matmul"])
def test_complex_convention_of_two_operands(name):
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)) for _ in range(2)]
    x, z = [Tensor(v) for v in arrays], [torch.tensor(v, requires_grad=True) for v in arrays]
    np.abs(TABLE[name](*x)).sum().backward()
    torch.abs((torch.matmul if name == "matmul" else BINARY[name])(*z)).sum().backward()
    for mine, other in zip(x, z, strict=True):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-9, atol=1e-10)
