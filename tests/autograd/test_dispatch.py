"""Tests of how numpy's own functions meet nodes."""

import inspect

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray
from autograd.primitives import NUMPY_FUNCTIONS, TABLE

UFUNCS = [
    entry for entry in TABLE.values()
    if isinstance(entry.forward, np.ufunc) and entry.derivatives
]  # fmt: skip


@pytest.mark.parametrize("entry", UFUNCS, ids=lambda entry: entry.name)
@pytest.mark.parametrize(
    "carrier", [Value, Tensor, lambda x: ValueArray([x])], ids=["Value", "Tensor", "ValueArray"]
)
def test_ufuncs_find_the_table(entry, carrier):
    arguments = ([1.7] if entry.name == "arccosh" else [0.7, 0.4])[: entry.arity]
    nodes = [carrier(x) for x in arguments]
    y = entry.forward(*nodes)
    assert type(y) is type(nodes[0])
    assert float(np.asarray(y.data).item()) == pytest.approx(float(entry.forward(*arguments)))
    for slot in range(len(arguments)):
        mixed = [node if i == slot else arguments[i] for i, node in enumerate(nodes)]
        assert type(entry.forward(*mixed)) is type(nodes[0])


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda v, x, a: np.float64(2) * v, Value),
        (lambda v, x, a: v * np.float32(2), Value),
        (lambda v, x, a: np.add(v, 1), Value),
        (lambda v, x, a: np.array([1.0, 2.0]) * v, Tensor),
        (lambda v, x, a: v * np.array([1, 2]), Tensor),
        (lambda v, x, a: np.array(2.0) * v, Tensor),
        (lambda v, x, a: v - np.ones((2, 1)), Tensor),
        (lambda v, x, a: np.ones(2) ** v, Tensor),
        (lambda v, x, a: v ** np.ones(2), Tensor),
        (lambda v, x, a: np.ones(2) / v, Tensor),
        (lambda v, x, a: np.maximum(np.zeros(2), v), Tensor),
        (lambda v, x, a: v * x, Tensor),
        (lambda v, x, a: x * v, Tensor),
        (lambda v, x, a: v**x, Tensor),
        (lambda v, x, a: np.maximum(v, x), Tensor),
        (lambda v, x, a: np.where(x > 0, v, x), Tensor),
        (lambda v, x, a: np.concatenate([x, np.ones(1)]), Tensor),
        (lambda v, x, a: a * v, ValueArray),
        (lambda v, x, a: v * a, ValueArray),
        (lambda v, x, a: np.maximum(v, a), ValueArray),
        (lambda v, x, a: np.where(a > 1, v, a), ValueArray),
        (lambda v, x, a: a * np.float64(2), ValueArray),
        (lambda v, x, a: np.float64(2) * a, ValueArray),
        (lambda v, x, a: a * np.ones(2), ValueArray),
        (lambda v, x, a: np.ones(2) * a, ValueArray),
        (lambda v, x, a: np.ones((3, 2)) @ a, ValueArray),
    ],
)
def test_the_carrier_of_a_result(make, kind):
    v, x, a = Value(2.0), Tensor([1.0, -2.0]), ValueArray([1.0, 2.0])
    y = make(v, x, a)
    assert type(y) is kind
    assert y.requires_grad


def test_where_in_every_form():
    x = Tensor([1.0, -2.0, 3.0])
    for y in (
        np.where(x > 0, x, 0),
        np.where([True, False, True], x, 0.0),
        np.where(np.array([1, 0, 1]), x, np.zeros(3)),
        np.where(Tensor(np.array([True, False, True]), requires_grad=False), x, 0.0),
    ):
        np.testing.assert_array_equal(y.data, [1.0, 0.0, 3.0])
        x.zero_grad()
        y.sum().backward()
        np.testing.assert_array_equal(x.grad, [1.0, 0.0, 1.0])


REFUSED = [
    np.linalg.svd, np.fft.fft, np.convolve, np.partition, np.histogram, np.unique, np.gradient,
    np.interp, np.nanmedian, np.heaviside, np.fmod, np.nextafter, np.hypot, np.ldexp, np.frexp,
]  # fmt: skip


@pytest.mark.parametrize("function", [f for f in REFUSED if f not in NUMPY_FUNCTIONS],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_what_the_table_does_not_have_is_refused_by_name(function):
    x = Tensor([1.0, 2.0, 3.0])
    arguments = {
        np.convolve: (x, [1.0]), np.partition: (x, 1), np.interp: (1.5, x, x),
        np.heaviside: (x, 0.5), np.fmod: (x, 2.0), np.nextafter: (x, 0.0), np.hypot: (x, 1.0),
        np.ldexp: (x, 2),
    }.get(function, (x,))  # fmt: skip
    with pytest.raises(TypeError, match=rf"np\.(\w+\.)?{function.__name__} has no derivative"):
        function(*arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, a: np.add(x, 1.0, out=a),
        lambda x, a: np.exp(x, a),
        lambda x, a: np.multiply(a, x, out=(a,)),
        lambda x, a: a.__iadd__(x),
        lambda x, a: a.__imul__(x),
        lambda x, a: np.exp(x, where=a > 0),
        lambda x, a: np.exp(x, dtype=np.float32),
        lambda x, a: np.sum(x, out=a),
        lambda x, a: np.sum(x, where=a > 0),
        lambda x, a: np.sum(x, initial=3.0),
        lambda x, a: np.sum(x, dtype=np.float32),
        lambda x, a: np.mean(x, where=a > 0),
        lambda x, a: np.max(x, initial=0.0, where=a > 0),
        lambda x, a: np.concatenate([x, a], out=np.zeros(4)),
        lambda x, a: np.concatenate([x, a], dtype=np.float32),
        lambda x, a: np.stack([x, a], out=np.zeros((2, 2))),
        lambda x, a: np.clip(x, 0, 1, out=a),
        lambda x, a: np.matmul(x, x, out=np.zeros(())),
        lambda x, a: np.add.at(x, [0], 1.0),
        lambda x, a: np.add.at(a, [0], x[:1]),
        lambda x, a: np.add.outer(x, a),
        lambda x, a: np.add.reduceat(x, [0]),
        lambda x, a: np.copyto(a, x),
        lambda x, a: np.put(a, [0], x[:1]),
        lambda x, a: a.__setitem__(slice(None), x),
    ],
)
def test_what_would_lose_the_gradient_raises(call):
    x, a = Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    with pytest.raises(TypeError):
        call(x, a)
    np.testing.assert_array_equal(a, [3.0, 4.0])
    np.testing.assert_array_equal(x.data, [1.0, 2.0])


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.median(x, overwrite_input=True), ["np.median", "(a, axis=None, *, keepd"]),
        (lambda x: np.median(x, 0, None), ["np.median", "given 3 arguments"]),
        (lambda x: np.median(x, out=np.zeros(())), ["np.median", "given 1 argument, out="]),
        (lambda x: np.take(x, [0], axis=0, out=np.zeros(1)), ["np.take", "axis=, out="]),
        (lambda x: np.concatenate([x, x], dtype=float), ["(arrays, axis=0)", "dtype="]),
        (lambda x: np.divmod(x, 2.0, dtype=float), ["np.divmod", "(a, b)", "dtype="]),
        (lambda x: np.linspace(x, 2.0, dtype=int), ["np.linspace", "(start, stop, num", "dtype="]),
    ],
)
def test_arguments_that_are_not_taken_are_told_from_those_that_are(carrier, call, words):
    with pytest.raises(TypeError) as caught:
        call(carrier([1.0, 2.0]))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_asking_for_numpys_defaults_asks_for_nothing(carrier):
    x = carrier([1.0, 2.0, 4.0])
    assert float(np.median(x, axis=0, out=None, overwrite_input=False).data) == 2.0
    assert np.concatenate([x, x], out=None, casting="same_kind", dtype=None).shape == (6,)
    assert float(np.average(x, None, None, False, keepdims=False).data) == 7 / 3


def test_an_error_inside_a_rule_is_its_own():
    with pytest.raises(TypeError, match="integer"):
        np.take(Tensor([1.0, 2.0]), [0], axis="first")


def test_operands_may_be_named():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    for y in (
        np.sum(a=x), np.median(a=x), np.ravel(a=x), np.squeeze(a=x), np.clip(a=x, a_min=0, a_max=2),
        np.broadcast_to(array=x, shape=(2, 2, 2)), np.swapaxes(a=x, axis1=0, axis2=1),
        np.tile(A=x, reps=2), np.linalg.inv(a=x), np.linalg.solve(np.eye(2), b=x),
    ):  # fmt: skip
        x.zero_grad()
        y.sum().backward()
        assert x.grad.any()
    with pytest.raises(TypeError, match="matmul takes 2 operands, but was given 1"):
        TABLE["matmul"](x)


def _named(function):
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


STAND_INS = [
    function
    for function, rule in NUMPY_FUNCTIONS.items()
    if inspect.isfunction(rule) and not isinstance(function, np.ufunc)
    and getattr(np, function.__name__, None) is function
]  # fmt: skip


@pytest.mark.parametrize("function", STAND_INS, ids=lambda f: f.__name__)
def test_arguments_bear_numpys_names(function):
    assert set(_named(NUMPY_FUNCTIONS[function])) <= set(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    "node", [Value(1.0), Tensor([1.0, 2.0]), Tensor(1.0), Value(1.0) * 2], ids=repr
)
@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.array, np.asanyarray, np.ascontiguousarray, lambda x: np.array(x, dtype=float),
     lambda x: np.array([x, x]), lambda x: np.asarray([x], dtype=float),
     lambda x: np.full(2, x), lambda x: np.testing.assert_allclose(x, 1.0),
     lambda x: np.fromiter([x], dtype=float) if np.ndim(x) else np.asarray(x)],
)  # fmt: skip
def test_nothing_becomes_a_plain_array_silently(node, convert):
    with pytest.raises((TypeError, ValueError)):
        convert(node)


def test_the_message_names_the_ways_out():
    with pytest.raises(TypeError, match=r"\.data.*\.detach\(\)"):
        np.asarray(Tensor([1.0]))
    with pytest.raises(TypeError, match="ValueArray"):
        np.array([Value(1.0), Value(2.0)])


@pytest.mark.parametrize(
    "node", [Value(2.0, requires_grad=False), Tensor(2.0, requires_grad=False)]
)
def test_a_constant_is_an_array(node):
    array = np.asarray(node)
    assert (array.dtype, float(array)) == (np.float64, 2.0)
    assert np.asarray(node, dtype=np.float32).dtype == np.float32
    assert np.array(node, copy=True).flags.writeable
    np.testing.assert_array_equal(np.array([node, node]), [2.0, 2.0])


def test_questions_about_a_node_are_answered_plainly():
    x = Tensor([[1.0, np.nan]])
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((1, 2), 2, 2)
    assert type(np.isnan(x)) is np.ndarray
    assert np.allclose(x, [[1.0, np.nan]], equal_nan=True)
    assert np.array_equal(Tensor([1.0]), [1.0])
    assert np.isclose(Value(1.0), 1.0)
    assert (np.shape(Value(1.0)), np.size(Value(1.0))) == ((), 1)
    assert np.isfinite(Value(1.0))
    np.testing.assert_array_equal(np.zeros_like(x), [[0.0, 0.0]])
    assert type(np.ones_like(x)) is np.ndarray
    assert type(np.full_like(x, 3.0)) is np.ndarray
    assert np.isscalar(x) is False
    assert np.logical_and(x > 0, x < 2).tolist() == [[True, False]]


def test_object_arrays_are_refused():
    loose = np.array([None, 1.0], dtype=object)
    for f in (lambda: loose * Tensor([1.0, 2.0]), lambda: Tensor([1.0, 2.0]) + loose,
              lambda: loose * Value(2.0)):  # fmt: skip
        with pytest.raises(TypeError, match="object"):
            f()


def test_functions_of_arrays_of_a_single_value():
    """A model's last line may be np.sum of what is one Value already."""
    v = Value(3.0)
    for f in (np.sum, np.mean, np.max, np.min, np.ravel, np.squeeze):
        y = f(v)
        assert float(y) == 3.0
        v.zero_grad()
        y.backward()
        assert v.grad == 1.0
