"""The conventions at the hard points: at least one test for each row of the design's table."""

import copy
import gc
import math
import pickle

import numpy as np
import pytest

from autograd import StaleGraphError, Tensor, Value, ValueArray, detect_anomaly, hessian
from autograd.primitives import TABLE
from tests.autograd.rules.collected import CASES, ENGINE

CARRIERS = [Value, Tensor, lambda x: ValueArray([x])]
everywhere = pytest.mark.parametrize("carrier", CARRIERS, ids=["Value", "Tensor", "ValueArray"])
of_arrays = pytest.mark.parametrize("carrier", [Tensor, ValueArray])


@pytest.fixture(autouse=True)
def quiet():
    """Arrays warn as numpy's do; here it is the numbers that matter."""
    with np.errstate(all="ignore"):
        yield


def number(x):
    return math.nan if x is None else float(np.asarray(x).item())


def slope(carrier, f, x):
    """The data of f at x, and the derivative."""
    node = carrier(x)
    out = f(node)
    out.backward()
    return number(out.data), number(node.grad)


@everywhere
def test_relu_at_zero_is_zero(carrier):
    assert slope(carrier, TABLE["relu"], 0.0) == (0.0, 0.0)
    assert slope(carrier, TABLE["relu"], -0.0) == (0.0, 0.0)


@everywhere
def test_leaky_relu_and_elu_at_zero_take_the_lower_branch(carrier):
    assert slope(carrier, lambda x: TABLE["leaky_relu"](x, negative_slope=0.2), 0.0) == (0.0, 0.2)
    assert slope(carrier, lambda x: TABLE["elu"](x, alpha=0.5), 0.0) == (0.0, 0.5)


@everywhere
def test_step_is_flat(carrier):
    for x in (-1.0, 0.0, 1.0):
        assert slope(carrier, TABLE["step"], x) == (float(x > 0), 0.0)


@everywhere
@pytest.mark.parametrize("f", [np.maximum, np.minimum], ids=["maximum", "minimum"])
def test_maximum_at_a_tie_is_shared(carrier, f):
    x, y = carrier(2.0), carrier(2.0)
    f(x, y).backward()
    assert (number(x.grad), number(y.grad)) == (0.5, 0.5)
    assert slope(carrier, lambda z: f(z, 0), 0.0) == (0.0, 0.5)
    assert slope(carrier, lambda z: f(z, z), 3.0) == (3.0, 1.0)
    for infinity in (np.inf, -np.inf):
        assert slope(carrier, lambda z: f(z, infinity), infinity)[1] == 0.5  # noqa: B023


@of_arrays
@pytest.mark.parametrize("f", [np.max, np.min], ids=["max", "min"])
@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_max_over_an_axis_with_ties_is_shared(carrier, f, k):
    row = [5.0] * k + ([1.0, 2.0] if f is np.max else [6.0, 7.0])
    x = carrier(row)
    f(x).backward()
    np.testing.assert_allclose(x.grad, [1 / k] * k + [0, 0])


@everywhere
def test_abs_at_zero_is_zero(carrier):
    for x in (0.0, -0.0):
        assert slope(carrier, abs, x) == (0.0, 0.0)
        assert slope(carrier, np.abs, x) == (0.0, 0.0)
    assert slope(carrier, abs, math.inf) == (math.inf, 1.0)
    assert slope(carrier, abs, -math.inf) == (math.inf, -1.0)


@everywhere
def test_sign_has_derivative_zero(carrier):
    for x, y in ((0.0, 0.0), (3.0, 1.0), (-3.0, -1.0), (math.inf, 1.0), (-math.inf, -1.0)):
        assert slope(carrier, np.sign, x) == (y, 0.0)


@everywhere
def test_sqrt_at_zero_is_infinite(carrier):
    assert slope(carrier, np.sqrt, 0.0) == (0.0, math.inf)


NAN = math.nan
IEEE = [
    (np.log, 0.0, -math.inf, math.inf),
    (np.log, -1.0, NAN, -1.0),
    (np.log2, 0.0, -math.inf, math.inf),
    (np.log10, 0.0, -math.inf, math.inf),
    (np.log1p, -1.0, -math.inf, math.inf),
    (np.exp, 1000.0, math.inf, math.inf),
    (np.exp2, 5000.0, math.inf, math.inf),
    (np.exp, -1000.0, 0.0, 0.0),
    (np.expm1, 1000.0, math.inf, math.inf),
    (np.sinh, 1000.0, math.inf, math.inf),
    (np.sinh, -1000.0, -math.inf, math.inf),
    (np.cosh, -1000.0, math.inf, -math.inf),
    (np.tanh, math.inf, 1.0, 0.0),
    (np.sqrt, -1.0, NAN, NAN),
    (np.sin, math.inf, NAN, NAN),
    (np.arctan, math.inf, math.pi / 2, 0.0),
    (np.reciprocal, 0.0, math.inf, -math.inf),
    (np.square, 1e200, math.inf, 2e200),
    (lambda x: 1 / x, 0.0, math.inf, -math.inf),
    (lambda x: 1 / x, -0.0, -math.inf, -math.inf),
    (lambda x: x / 0, 1.0, math.inf, math.inf),
    (lambda x: x / 0, 0.0, NAN, math.inf),
    (lambda x: x ** (1 / 3), -8.0, NAN, NAN),
    (lambda x: x**-1, 0.0, math.inf, -math.inf),
    (lambda x: x**0.5, 0.0, 0.0, math.inf),
    (lambda x: x**1000, 10.0, math.inf, math.inf),
    (lambda x: x * 1e300 * 1e300, 2.0, math.inf, math.inf),
    (lambda x: x - math.inf, math.inf, NAN, 1.0),
    (TABLE["sigmoid"], math.inf, 1.0, 0.0),
    (TABLE["sigmoid"], -math.inf, 0.0, 0.0),
    (TABLE["softplus"], math.inf, math.inf, 1.0),
    (TABLE["softplus"], -math.inf, 0.0, 0.0),
    (TABLE["relu"], math.inf, math.inf, 1.0),
    (TABLE["relu"], -math.inf, 0.0, 0.0),
]


@everywhere
@pytest.mark.parametrize(("f", "x", "data", "grad"), IEEE, ids=range(len(IEEE)))
def test_ieee_and_never_an_exception(carrier, f, x, data, grad):
    np.testing.assert_allclose(slope(carrier, f, x), (data, grad))


@pytest.mark.parametrize("name", sorted(n for n in ENGINE if ENGINE[n].derivatives))
@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, NAN, 1e308, 5e-324])
def test_the_carriers_agree_wherever_numbers_end(name, x):
    """Data and gradient of every elementwise entry at the ends of the real line."""
    entry = TABLE[name]
    params = {"condition": True} if name == "where" else CASES[name].params
    for other in (0.0, -1.0, 2.0, math.inf, NAN) if entry.arity == 2 else (None,):
        found = []
        for carrier in CARRIERS:
            nodes = [carrier(x)] if other is None else [carrier(x), carrier(other)]
            out = entry(*nodes, **params)
            out.backward()
            found.append([number(out.data), *(number(node.grad) for node in nodes)])
        np.testing.assert_allclose(found[0], found[1], rtol=1e-15, err_msg=f"{name}({x}, {other})")
        np.testing.assert_allclose(found[0], found[2], rtol=1e-15, err_msg=f"{name}({x}, {other})")


@everywhere
def test_nan_reaches_the_gradient_of_relu_and_maximum(carrier):
    """What is not a number must not look like a closed gate: PyTorch lets it pass."""
    assert slope(carrier, TABLE["relu"], NAN)[1] != 0.0
    assert slope(carrier, lambda x: np.maximum(x, 0.0), NAN)[1] != 0.0
    assert slope(carrier, lambda x: np.minimum(x, 0.0), NAN)[1] != 0.0


@of_arrays
@pytest.mark.parametrize("f", [np.max, np.min], ids=["max", "min"])
def test_the_gradient_of_an_extreme_that_is_nan_goes_to_the_nan(carrier, f):
    x = carrier([1.0, NAN, 2.0])
    out = f(x)
    assert math.isnan(number(out.data))
    out.backward()
    assert x.grad[1] != 0.0
    assert x.grad[0] == x.grad[2] == 0.0


@everywhere
def test_norm_at_zero_is_zero(carrier):
    assert slope(carrier, np.linalg.norm, 0.0) == (0.0, 0.0)
    assert slope(carrier, lambda x: np.linalg.norm(np.stack([x * 2.0, x])), 0.0) == (0.0, 0.0)


@of_arrays
@pytest.mark.parametrize("ddof", [0, 1])
def test_std_of_equal_values_is_zero(carrier, ddof):
    x = carrier([0.3, 0.3, 0.3])
    np.std(x, ddof=ddof).backward()
    np.testing.assert_array_equal(x.grad, np.zeros(3))


@of_arrays
def test_prod_with_zeros_is_the_product_of_the_others(carrier):
    for numbers, others in (([2.0, 0.0, 4.0], [0.0, 8.0, 0.0]), ([0.0, 3.0, 0.0], [0.0] * 3)):
        x = carrier(numbers)
        np.prod(x).backward()
        np.testing.assert_array_equal(x.grad, others)


def test_prod_with_two_zeros_has_the_right_second_derivative():
    second = hessian(np.prod)(np.array([0.0, 3.0, 0.0]))
    np.testing.assert_array_equal(second, [[0, 0, 3], [0, 0, 0], [3, 0, 0]])


@everywhere
def test_clip_at_a_bound_is_one(carrier):
    for x, grad in ((-1.0, 1.0), (1.0, 1.0), (0.0, 1.0), (-1.1, 0.0), (1.1, 0.0)):
        assert slope(carrier, lambda z: np.clip(z, -1, 1), x)[1] == grad


@everywhere
def test_power_of_exponent_zero_at_zero(carrier):
    assert slope(carrier, lambda x: x**0, 0.0) == (1.0, 0.0)
    assert slope(carrier, lambda x: x**0.0, NAN) == (1.0, 0.0)
    assert slope(carrier, lambda x: x**0, math.inf) == (1.0, 0.0)


@everywhere
def test_zero_to_a_power_has_derivative_zero_in_the_exponent(carrier):
    assert slope(carrier, lambda y: 0.0**y, 2.0) == (0.0, 0.0)
    assert slope(carrier, lambda y: 0.0**y, 0.0) == (1.0, 0.0)
    assert slope(carrier, lambda y: 0**y, 0.5) == (0.0, 0.0)


@everywhere
def test_a_negative_base(carrier):
    x, y = carrier(-2.0), carrier(2.0)
    (x**y).backward()
    assert number(x.grad) == -4.0
    assert math.isnan(number(y.grad))
    assert slope(carrier, lambda z: z**2, -3.0) == (9.0, -6.0)
    assert slope(carrier, lambda z: z**-1, -2.0) == (-0.5, -0.25)


@everywhere
def test_the_branch_not_taken_receives_exactly_zero(carrier):
    x = carrier(0.0)
    out = np.where(number(x.data) > 0, np.log(x + 1), x * 2)
    out.backward()
    assert number(x.grad) == 2.0
    a, b = carrier(1.0), carrier(math.nan)
    np.where(True, a, b).backward(**({} if isinstance(a, ValueArray) else {"gradient": math.inf}))
    assert number(b.grad) == 0.0


@everywhere
def test_an_infinite_derivative_below_a_branch_not_taken_is_nan(carrier):
    x = carrier(0.0)
    out = np.where(number(x.data) > 0, np.sqrt(x), x)
    out.backward()
    assert math.isnan(number(x.grad))


def test_the_diagnosis_of_where_names_the_operation_and_the_fix():
    x = Tensor([4.0, 0.0])
    with detect_anomaly():
        loss = np.where(x > 1, np.sqrt(x), 0.0).sum()
        with pytest.raises(ArithmeticError, match=r"'sqrt'.*np\.where\(ok, f\(np\.where\(ok"):
            loss.backward()


@of_arrays
def test_a_repeated_index_adds(carrier):
    x = carrier([1.0, 2.0, 3.0])
    np.sum(x[[0, 0, 2, 0]] * np.array([1.0, 10.0, 100.0, 1000.0])).backward()
    np.testing.assert_array_equal(x.grad, [1011.0, 0.0, 100.0])


@everywhere
@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_sigmoid_and_softplus_at_a_thousand(carrier, x):
    assert slope(carrier, TABLE["sigmoid"], x) == (float(x > 0), 0.0)
    assert slope(carrier, TABLE["softplus"], x) == (max(x, 0.0), float(x > 0))


@of_arrays
def test_log_softmax_and_logsumexp_at_a_thousand(carrier):
    x = carrier([1000.0, -1000.0])
    TABLE["log_softmax"](x)[1].backward()
    np.testing.assert_array_equal(x.grad, [-1.0, 1.0])
    x.zero_grad()
    out = TABLE["logsumexp"](x)
    out.backward()
    assert number(out.data) == 1000.0
    np.testing.assert_array_equal(x.grad, [1.0, 0.0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_float32_with_a_python_float_stays(dtype):
    x = Tensor(np.array([1.0, 2.0], dtype))
    for y in (
        x + 0.1, 0.1 - x, x * 2, 2 / x, x**2, x**0.5, 2.0**x, np.maximum(x, 0.0), x.clip(0.0, 1.5),
        np.where(x > 1, x, 0.0), x.mean(), x.sum() / 3, x * Value(0.5), Value(0.5) / x, x + True,
        [1, 2] * x.mean(),
    )[:-1]:  # fmt: skip
        assert y.dtype == dtype
        x.zero_grad()
        y.sum().backward()
        assert x.grad.dtype == dtype


@pytest.mark.parametrize("dtype", [int, np.uint8, bool])
def test_whole_numbers_need_no_gradient(dtype):
    array = np.array([0, 1, 1], dtype=dtype)
    with pytest.raises(TypeError, match="floating"):
        Tensor(array)
    with pytest.raises(TypeError, match="floating"):
        Tensor([1.5], dtype=dtype)
    constant = Tensor(array, requires_grad=False)
    assert constant.dtype == dtype
    with pytest.raises(TypeError, match="floating"):
        constant.requires_grad = True
    assert not constant.requires_grad
    assert (constant * Tensor([1.0, 2.0, 3.0])).requires_grad


def test_numbers_and_lists_become_floating():
    for data in (3, [1, 2], [[1], [2]], True, [True, False], (1, 2), np.float32(2), [np.int64(3)]):
        assert Tensor(data).dtype.kind == "f"


@everywhere
def test_backward_twice_adds_in_leaves_and_compounds_nothing(carrier):
    x = carrier(3.0)
    y = x * x
    z = y * y
    for passes in (1, 2, 3):
        z.backward()
        assert number(x.grad) == passes * 4 * 27.0
        assert number(y.grad) == 18.0


@everywhere
@pytest.mark.parametrize("change", ["assigned", "subtracted", "stepped"])
def test_data_changed_after_it_was_recorded_is_detected(carrier, change):
    x = carrier(3.0)
    y = x * x
    if change == "assigned":
        x.data = np.full_like(x.data, 5.0)
    elif change == "subtracted":
        x.data -= 1.0
    else:
        (x * x).backward()
        x.data = x.data - 0.1 * np.asarray(x.grad)
    with pytest.raises(StaleGraphError, match=r"changed after .* had read it"):
        y.backward()


def test_a_write_through_a_view_is_detected_under_detect_anomaly():
    x = Tensor([1.0, 2.0])
    with detect_anomaly():
        y = (x * x).sum()
        x.data[0] = 5.0
        with pytest.raises(StaleGraphError, match="written"):
            y.backward()


@everywhere
def test_assigning_to_an_element_is_refused(carrier):
    x = carrier(1.0)
    index = () if isinstance(x, Value) else (0,) if isinstance(x, ValueArray) else ()
    with pytest.raises(TypeError, match=r"np\.where"):
        x[index] = 2.0
    assert number(x.data) == 1.0


def test_assigning_to_a_slice_is_refused():
    for carrier in (Tensor, ValueArray):
        x = carrier([1.0, 2.0])
        with pytest.raises(TypeError, match=r"np\.where"):
            x[:] = 0.0
        np.testing.assert_array_equal(x.data, [1.0, 2.0])


@of_arrays
def test_equality_is_elementwise_and_without_gradient(carrier):
    x = carrier([1.0, 2.0])
    for answer, expected in (
        (x == np.array([1.0, 5.0]), [True, False]),
        (x == [1.0, 5.0], [True, False]),
        (x != 1.0, [False, True]),
        (x < x, [False, False]),
        (2.0 > x, [True, False]),  # noqa: SIM300
        (np.array([1.0, 1.0]) == x, [True, False]),
        (np.float64(2) <= x, [False, True]),
        (x >= Value(2.0), [False, True]),
        (Value(1.0) == x, [True, False]),
    ):
        assert type(answer) is np.ndarray
        assert answer.dtype == bool
        np.testing.assert_array_equal(answer, expected)


def test_equality_of_values():
    v = Value(2.0)
    for other in (2, 2.0, np.float32(2), np.int64(2), Value(2.0), np.array(2.0), True + True):
        assert bool(v == other)
        assert bool(other == v)
        assert not bool(v != other)
        assert bool(v <= other)
        assert bool(other >= v)
        assert not bool(v < other)
    assert Value(1.0) == True  # noqa: E712
    assert Value(1.0) == np.True_
    assert v != "2"
    assert v != None  # noqa: E711
    assert not v == [2.0]  # noqa: SIM201
    assert Value(NAN) != Value(NAN)
    with pytest.raises(TypeError):
        v < "2"  # noqa: B015


@pytest.mark.parametrize("left", [np.array([1.0, 2.0]), np.float64(3.0), Value(2.0)], ids=repr)
@pytest.mark.parametrize("right", [Tensor([3.0, 4.0]), Value(2.0)], ids=repr)
def test_arrays_and_nodes_make_a_node_in_either_order(left, right):
    product = np.asarray(getattr(left, "data", left)) * np.asarray(right.data)
    for y in (left * right, right * left):
        assert isinstance(y, Value if product.ndim == 0 else Tensor)
        assert y.requires_grad
        np.testing.assert_array_equal(y.data, product)


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_conversions_give_what_numpys_users_expect(carrier):
    x = carrier(2.75)
    assert (bool(x), float(x), int(x), f"{x:.1f}") == (True, 2.75, 2, "2.8")
    assert not carrier(0.0)
    for again in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x)):
        assert type(again) is carrier
        assert again is not x
        assert float(again) == 2.75


@of_arrays
def test_length_and_iteration_are_those_of_the_first_axis(carrier):
    x = carrier([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert len(x) == 3
    assert [row.shape for row in x] == [(2,)] * 3
    np.sum(sum(x)).backward()
    np.testing.assert_array_equal(x.grad, np.ones((3, 2)))
    with pytest.raises((TypeError, ValueError)):
        bool(x)
    with pytest.raises((TypeError, ValueError)):
        float(x)


def test_a_long_chain_meets_no_recursion_limit():
    """A million nodes, and what is slower than backward, are in test_memory."""
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert x.grad == 1.0
    assert len(y.trace()) == 100_001
    del y


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_a_thousand_dropped_graphs_leave_nothing_to_the_collector(carrier):
    gc.collect()
    gc.disable()
    try:
        for _ in range(1000):
            x = carrier(1.0)
            y = np.tanh(x * 2.0 + x)
            y.backward()
            trace = y.trace()
        del x, y, trace
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_hash_is_by_identity():
    for one, other in ((Value(1.0), Value(1.0)), (Tensor(1.0), Tensor(1.0))):
        assert len({one, other, one}) == 2
        assert {one: "a", other: "b"}[one] == "a"
        assert hash(one) == hash(one)
