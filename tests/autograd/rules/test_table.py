"""Every entry of the table of derivatives, against finite differences and the other carriers.

The tests run over `TABLE` itself: an entry without a case below fails, so that no derivative comes
in untested. Boundary points, where differences say nothing, are in tests/autograd/test_hard_points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from autograd import Tensor, Value, ValueArray
from autograd.primitives import TABLE, Primitive
from tests.autograd.rules.cases import Case, Config
from tests.autograd.rules.collected import CASES, ENGINE


def law(examples: int) -> settings:
    return settings(derandomize=True, deadline=None, max_examples=examples)


#: Passages from one carrier to the other, which have tests of their own.
BRIDGES = {"from_value", "to_value"}
#: Entries with complex results, which these laws of real numbers do not fit; they have theirs in
#: test_fourier.py and test_decompositions.py.
COMPLEX = {"eig", "fftn", "ifftn", "irfftn", "rfftn"}
NAMES = sorted(set(ENGINE) - BRIDGES - COMPLEX)


def case_of(name: str) -> Case:
    if name not in CASES:
        pytest.fail(f"the table entry {name!r} has no case in {__file__}: give it one")
    return CASES[name]


def test_every_case_belongs_to_an_entry():
    assert set(CASES) <= set(TABLE)


@st.composite
def configurations(draw: st.DrawFn, name: str, min_side: int = 0) -> Config:
    case = case_of(name)
    if case.configs:
        return draw(st.sampled_from(case.configs))
    shapes = mutually_broadcastable_shapes(
        num_shapes=len(case.samplers), max_dims=3, min_side=min_side, max_side=3
    )
    return draw(shapes).input_shapes, case.params


seeds = st.integers(0, 2**32 - 1)


def sample(name: str, config: Config, seed: int) -> tuple[list[np.ndarray], np.random.Generator]:
    rng = np.random.default_rng(seed)
    samplers = case_of(name).samplers
    return [
        np.asarray(sampler(rng, shape)) for sampler, shape in zip(samplers, config[0], strict=True)
    ], rng


def numeric_gradient(f: Callable[..., float], arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Central differences of fourth order, element by element."""
    h = 2.0**-10
    gradients = []
    for array in arrays:
        gradient = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            x = array[place]
            values = []
            for k in (-2, -1, 1, 2):
                array[place] = x + k * h
                values.append(f(*arrays))
            array[place] = x
            gradient[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
        gradients.append(gradient)
    return gradients


def weights_for(entry: Primitive, arrays: Any, params: Any, rng: Any) -> np.ndarray:
    return np.asarray(rng.uniform(-1, 1, np.shape(entry(*arrays, **params))))


def gradients_of(
    entry: Primitive, arrays: Any, params: Any, weights: Any, **options: Any
) -> list[Any]:
    tensors = [Tensor(array) for array in arrays]
    (entry(*tensors, **params) * weights).sum().backward(**options)
    return [tensor.grad for tensor in tensors]


@pytest.mark.parametrize("name", NAMES)
def test_first_derivative(name):
    entry = TABLE[name]

    @law(25)
    @given(configurations(name), seeds)
    def check(config, seed):
        arrays, rng = sample(name, config, seed)
        params = config[1]
        weights = weights_for(entry, arrays, params, rng)
        found = gradients_of(entry, arrays, params, weights)
        expected = numeric_gradient(
            lambda *xs: float((entry(*xs, **params) * weights).sum()), arrays
        )
        for array, ours, theirs in zip(arrays, found, expected, strict=True):
            assert ours.shape == array.shape
            assert ours.dtype == array.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)

    check()


@pytest.mark.parametrize("name", NAMES)
def test_second_derivative(name):
    entry = TABLE[name]

    @law(8)
    @given(configurations(name), seeds)
    def check(config, seed):
        arrays, rng = sample(name, config, seed)
        params = config[1]
        weights = weights_for(entry, arrays, params, rng)
        along = [np.asarray(rng.uniform(-1, 1, array.shape)) for array in arrays]

        def slope(*xs):
            firsts = gradients_of(entry, xs, params, weights)
            return float(sum((v * g).sum() for v, g in zip(along, firsts, strict=True)))

        tensors = [Tensor(array) for array in arrays]
        (entry(*tensors, **params) * weights).sum().backward(create_graph=True)
        total = sum((v * t.grad).sum() for v, t in zip(along, tensors, strict=True))
        for tensor in tensors:
            tensor.zero_grad()
        if total.requires_grad:
            total.backward()
        for tensor, theirs in zip(tensors, numeric_gradient(slope, arrays), strict=True):
            ours = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8)

    check()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"astype", "float_power"}))
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_low_precision_stays(name, dtype):
    entry = TABLE[name]

    @law(8)
    @given(configurations(name), seeds)
    def check(config, seed):
        arrays, _ = sample(name, config, seed)
        arrays = [array.astype(dtype) for array in arrays]
        tensors = [Tensor(array) for array in arrays]
        try:
            entry(*arrays, **config[1])
        except TypeError:  # numpy itself has no such loop, as numpy.linalg for float16
            with pytest.raises(TypeError):
                entry(*tensors, **config[1])
            return
        out = entry(*tensors, **config[1])
        assert out.dtype == dtype
        loss = out.sum()
        assert loss.dtype == dtype
        loss.backward(keep="all")
        for tensor in tensors:
            assert tensor.grad.dtype == dtype
            assert tensor.grad.shape == tensor.shape
        for tensor in tensors:
            tensor.zero_grad()
        loss.backward(create_graph=True)
        for tensor in tensors:
            assert tensor.grad.dtype == dtype

    check()


@pytest.mark.parametrize("name", NAMES)
def test_strided_data_gives_what_compact_data_gives(name):
    entry = TABLE[name]

    @law(8)
    @given(configurations(name), seeds)
    def check(config, seed):
        arrays, rng = sample(name, config, seed)
        params = config[1]
        weights = weights_for(entry, arrays, params, rng)
        expected = gradients_of(entry, arrays, params, weights)

        tensors = []
        for array in arrays:
            room = np.full((*array.shape, 2), np.nan)
            room[..., 0] = array
            tensor = Tensor(np.zeros(array.shape))
            tensor.data = room[..., 0]
            assert tensor.size < 2 or not tensor.data.flags.c_contiguous
            tensors.append(tensor)
        out = entry(*tensors, **params)
        np.testing.assert_allclose(out.data, entry(*arrays, **params), rtol=1e-13, atol=1e-13)
        (out * weights).sum().backward()
        for tensor, theirs in zip(tensors, expected, strict=True):
            np.testing.assert_allclose(tensor.grad, theirs, rtol=1e-13, atol=1e-13)

    check()


@pytest.mark.parametrize("name", NAMES)
def test_array_of_values_agrees_with_tensor(name):
    entry = TABLE[name]

    @law(12)
    @given(configurations(name), seeds)
    def check(config, seed):
        arrays, rng = sample(name, config, seed)
        params = config[1]
        weights = weights_for(entry, arrays, params, rng)
        tensors, values = [Tensor(a) for a in arrays], [ValueArray(a) for a in arrays]
        of_tensors, of_values = entry(*tensors, **params), entry(*values, **params)
        assert isinstance(of_values, ValueArray | Value)
        assert np.shape(of_values.data) == of_tensors.shape
        np.testing.assert_allclose(of_values.data, of_tensors.data, rtol=1e-12, atol=1e-12)

        (of_tensors * weights).sum().backward()
        total = np.sum(of_values * weights)
        if not of_tensors.size:
            return
        if total.requires_grad:
            total.backward()
        for tensor, value in zip(tensors, values, strict=True):
            ours = np.zeros(tensor.shape) if value.grad is None else value.grad
            np.testing.assert_allclose(ours, tensor.grad, rtol=1e-12, atol=1e-12)

    check()


ELEMENTWISE = [name for name in NAMES if TABLE[name].derivatives and name != "where"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_value_agrees_with_tensor(name):
    """Data, first and second derivative of a scalar, with nodes and with plain operands."""
    entry, case = TABLE[name], case_of(name)

    @law(25)
    @given(seeds, st.integers(0, 3))
    def check(seed, constants):
        arrays, _ = sample(name, (((),) * len(case.samplers), case.params), seed)
        wanted = [not constants >> slot & 1 for slot in range(len(arrays))]
        if not any(wanted):
            wanted = [True] * len(arrays)

        def run(carrier):
            nodes = [
                carrier(float(a)) if needed else float(a)
                for a, needed in zip(arrays, wanted, strict=True)
            ]
            leaves = [node for node in nodes if isinstance(node, carrier)]
            out = entry(*nodes, **case.params)
            assert isinstance(out, carrier)
            out.backward()
            numbers = [float(out.data), *(float(leaf.grad) for leaf in leaves)]
            for leaf in leaves:
                leaf.zero_grad()
            out.backward(create_graph=True)
            firsts = [leaf.grad for leaf in leaves]
            numbers += [float(first.data) for first in firsts]
            for leaf in leaves:
                leaf.zero_grad()
            total = sum(firsts)
            if total.requires_grad:
                total.backward()
            return [*numbers, *(0.0 if x.grad is None else float(x.grad) for x in leaves)]

        np.testing.assert_allclose(run(Value), run(Tensor), rtol=1e-12, atol=1e-12)

    check()


@pytest.mark.parametrize("condition", [True, False])
def test_where_on_values(condition):
    a, b = Value(2.0), Value(3.0)
    out = TABLE["where"](a, b, condition=condition)
    out.backward()
    assert (out.data, a.grad, b.grad) == ((2.0, 1.0, 0.0) if condition else (3.0, 0.0, 1.0))


def test_from_value_carries_gradients_of_any_order():
    v, x = Value(1.5), Tensor([1.0, -2.0])
    y = (v * v * x * x).sum()
    y.backward(create_graph=True)
    assert isinstance(v.grad, Value)
    assert v.grad.data == pytest.approx(2 * 1.5 * 5)
    first = v.grad
    v.zero_grad()
    x.zero_grad()
    first.backward()
    assert v.grad == pytest.approx(2 * 5)
    np.testing.assert_allclose(x.grad, 2 * 1.5 * 2 * x.data)


def test_to_value_carries_gradients_of_any_order():
    x = Tensor(1.5)
    v = TABLE["to_value"].forward(x.data)
    assert v == 1.5
    w = Value(2.0)
    (w**3 * x).backward(create_graph=True)  # the gradient of w is a Value made of Tensors
    second = w.grad
    w.zero_grad()
    second.backward()
    assert w.grad == pytest.approx(6 * 2.0 * 1.5)


@pytest.mark.parametrize("name", [name for name in NAMES if TABLE[name].linear])
def test_what_is_declared_linear_is(name):
    """In each argument; a variadic one in all together."""
    entry = TABLE[name]

    @law(10)
    @given(configurations(name), seeds)
    def check(config, seed):
        xs, rng = sample(name, config, seed)
        ys = [np.asarray(rng.normal(size=x.shape)) for x in xs]
        together = [range(len(xs))] if entry.arity is None else [[slot] for slot in range(len(xs))]
        for slots in together:
            other = [y if i in slots else x for i, (x, y) in enumerate(zip(xs, ys, strict=True))]
            mixed = [
                2 * x - 3 * y if i in slots else x
                for i, (x, y) in enumerate(zip(xs, other, strict=True))
            ]
            np.testing.assert_allclose(
                entry(*mixed, **config[1]),
                2 * entry(*xs, **config[1]) - 3 * entry(*other, **config[1]),
                rtol=1e-12,
                atol=1e-12,
            )

    check()
