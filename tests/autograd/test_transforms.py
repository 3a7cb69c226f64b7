"""grad and its kin: against differences, against each other, nested and in containers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    Tensor,
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)

A = np.array([[1.0, -0.5, 2.0], [0.3, 0.8, -1.0], [1.5, 0.2, 0.4]])
X = np.array([0.4, -0.7, 1.1])
MAPS = {
    "linear": lambda x: A @ x,
    "elementwise": lambda x: np.tanh(x) * np.exp(-x * x),
    "reduction": lambda x: np.max(A * x, axis=1),
    "selection": lambda x: x[[0, 0, 2]] * np.where(x > 0, x, 1.0),
    "joining": lambda x: np.concatenate([x, np.sin(x)[:2]]),
    "matrix": lambda x: np.linalg.inv(A + np.outer(x, x) + 3 * np.eye(3)),
    "scalar": lambda x: np.sum(x**3),
}
maps = pytest.mark.parametrize("f", MAPS.values(), ids=MAPS)
vectors = st.lists(st.floats(-2, 2), min_size=3, max_size=3).map(np.array)


def differences(f, x, step=1e-6):
    columns = []
    for unit in np.eye(x.size).reshape(-1, *x.shape):
        columns.append((np.asarray(f(x + step * unit)) - np.asarray(f(x - step * unit))) / 2 / step)
    return np.stack(columns, axis=-1).reshape(*np.shape(f(x)), *x.shape)


@maps
def test_jacobian_is_that_of_differences(f):
    np.testing.assert_allclose(jacobian(f)(X), differences(f, X), rtol=1e-7, atol=1e-8)


@maps
@settings(derandomize=True, deadline=None, max_examples=15)
@given(v=vectors, seed=st.integers(0, 9))
def test_forward_mode_and_reverse_mode_agree(f, v, seed):
    """⟨u, J v⟩ computed from the right and from the left."""
    out, pulled = vjp(f, X)
    u = np.random.default_rng(seed).normal(size=np.shape(out))
    forward = jvp(f, [X], [v])[1]
    assert np.sum(u * forward) == pytest.approx(np.sum(pulled(u)[0] * v), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "f", [lambda x: np.sum(np.tanh(A @ x) ** 2), lambda x: (x @ A @ x) * np.exp(x[0])]
)
def test_hessian_is_symmetric_and_right(f):
    H = hessian(f)(X)
    np.testing.assert_allclose(H, H.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(H, differences(grad(f), X), rtol=1e-6, atol=1e-8)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(hvp(f)(X, v), H @ v, rtol=1e-12, atol=1e-13)


def test_gradient_of_something_linear_is_constant():
    f = grad(lambda x: np.sum(A @ x))
    np.testing.assert_array_equal(f(X), f(100 * X))
    np.testing.assert_array_equal(hessian(lambda x: np.sum(A @ x))(X), np.zeros((3, 3)))


def test_third_derivatives():
    assert grad(grad(grad(lambda x: x**4)))(2.0) == 48.0
    assert grad(grad(grad(np.sin)))(0.5) == pytest.approx(-np.cos(0.5), rel=1e-15)


def test_nested_with_other_variables():
    """d/dx of x·(d/dy of x·y²) keeps what the inner derivative owes to x."""
    assert grad(lambda x: x * grad(lambda y: x * y * y)(3.0))(2.0) == 2 * 2.0 * 6.0
    assert grad(lambda x: grad(lambda y: y * y)(x) + x)(5.0) == 3.0
    assert jvp(lambda x: jvp(lambda y: x * y * y, [x], [1.0])[1], [3.0], [1.0]) == (18.0, 12.0)


def test_a_variable_in_the_closure_gives_a_node():
    w = Tensor([2.0, 3.0])
    g = grad(lambda x: np.sum(w * x * x))(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(g.data, [4.0, 60.0])
    g.sum().backward()
    np.testing.assert_array_equal(w.grad, [2.0, 20.0])


def test_grad_touches_no_grad():
    w = Value(2.0)
    grad(lambda x: w * x)(3.0)
    assert w.grad is None


def test_inside_no_grad():
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0


def test_containers_and_argnums():
    def f(p, scale, *, power=2):
        return scale * (np.sum(p["w"] ** power) + p["b"][0] * p["b"][1])

    p = {"w": np.array([1.0, 2.0]), "b": (3.0, 4.0)}
    g = grad(f)(p, 2.0)
    np.testing.assert_array_equal(g["w"], [4.0, 8.0])
    assert g["b"] == (8.0, 6.0)
    value, (of_p, of_scale) = value_and_grad(f, argnums=(0, 1))(p, 2.0)
    assert (value, of_scale) == (34.0, 17.0)
    assert of_p["b"] == (8.0, 6.0)
    assert grad(f, argnums=-1)(p, 2.0) == 17.0
    np.testing.assert_array_equal(grad(f)(p, 1.0, power=3)["w"], [3.0, 12.0])


def test_what_the_result_does_not_depend_on_gets_zeros():
    g = grad(lambda x, y: np.sum(x), argnums=(0, 1))(X, 2.0)
    np.testing.assert_array_equal(g[0], np.ones(3))
    assert g[1] == 0.0
    np.testing.assert_array_equal(grad(lambda x: 3.0)(X), np.zeros(3))


def test_a_pullback_may_be_called_again():
    _, pulled = vjp(lambda x: x * x, X)
    for scale in (1.0, 2.0):
        np.testing.assert_array_equal(pulled(scale * np.ones(3))[0], 2 * scale * X)


def test_results_share_no_memory():
    x = X.copy()
    g = grad(lambda x: np.sum(x))(x)
    h = grad(lambda x: np.sum(x))(x)
    g += 1.0
    np.testing.assert_array_equal(h, np.ones(3))
    np.testing.assert_array_equal(x, X)


def test_complex_arguments():
    assert grad(lambda z: np.abs(z * z))(1 + 2j) == pytest.approx(2 + 4j)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: grad(lambda x: x)(X), ["scalar", "(3,)", "jacobian"]),
        (lambda: grad(lambda x: x, argnums=2)(1.0), ["argument 2", "1 positional"]),
        (lambda: grad(lambda x: x)("a"), ["str", "argnums"]),
        (lambda: grad(np.sum)(np.arange(3)), ["int64", "floating"]),
        (lambda: jvp(np.sin, [X], [1.0]), ["tangent", "(3,)", "()"]),
    ],
)
def test_bad_input_gets_one_sentence(wrong, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        wrong()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
