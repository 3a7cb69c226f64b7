"""Functions of JAX are checked by the same call, with its reverse mode as the claim."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autograd import gradcheck
from autograd.checking import Verdict

pytestmark = pytest.mark.oracle

X = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])


@pytest.fixture
def double():
    with jax.enable_x64(True):
        yield


def custom(derivative):
    """sin with a derivative of one's own."""

    @jax.custom_vjp
    def f(x):
        return jnp.sin(x)

    f.defvjp(lambda x: (f(x), x), lambda x, g: (g * derivative(x),))
    return f


FUNCTIONS = {
    "sin": (jnp.sin, [X]),
    "softmax": (lambda x: jax.nn.softmax(x, -1), [X]),
    "matmul": (lambda a, b: a @ b, [X, X.T]),
    "cholesky": (lambda x: jnp.linalg.cholesky(x @ x.T + jnp.eye(2)), [X]),
    "scalar": (lambda x: x * jnp.exp(-x), [0.7]),
    "relu at 0": (jax.nn.relu, [[0.0, 1.0, -1.0]]),
    "a tie": (jnp.max, [[2.0, 2.0, 1.0]]),
    "compiled": (jax.jit(lambda a, b: jnp.sum(jnp.tanh(a) * b, axis=0)), [X, X[0]]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_functions(name, double):
    f, inputs = FUNCTIONS[name]
    report = gradcheck(f, *map(jnp.asarray, inputs))
    assert report.ok, str(report)
    assert report.claimant == "JAX"
    assert report.precision == "float64"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_functions_in_the_float32_that_jax_uses_by_default(name):
    f, inputs = FUNCTIONS[name]
    report = gradcheck(f, *map(jnp.asarray, inputs))
    assert report.ok, str(report)
    assert report.precision == "float32"


def test_a_right_custom_derivative(double):
    assert gradcheck(custom(jnp.cos), jnp.asarray(X)).ok


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.001, 1 + 1e-6])
def test_a_wrong_custom_derivative_is_found(factor, double):
    report = gradcheck(custom(lambda x: factor * jnp.cos(x)), jnp.asarray(X))
    assert (report.verdicts[0] == Verdict.WRONG).all()


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.01])
def test_a_wrong_custom_derivative_is_found_in_float32(factor):
    report = gradcheck(custom(lambda x: factor * jnp.cos(x)), jnp.asarray(X))
    assert (report.verdicts[0] == Verdict.WRONG).all()


def test_a_derivative_wrong_only_for_negative_numbers_is_found_elsewhere(double):
    wrong = custom(lambda x: jnp.where(x < 0, 1.01, 1.0) * jnp.cos(x))
    report = gradcheck(wrong, jnp.array([0.5, 1.0]))
    assert set(report.verdicts[0]) == {Verdict.RIGHT}
    assert not report.ok
    assert all(element.at < 0 for element in report.elsewhere)


@pytest.mark.parametrize(("f", "x"), [(jnp.abs, 0.0), (jax.nn.relu, 0.0)])
def test_where_jax_raises_a_false_alarm_there_is_none(f, x, double):
    from jax.test_util import check_grads

    with pytest.raises(AssertionError):
        check_grads(f, (jnp.asarray(x),), order=1, modes=["rev"])
    report = gradcheck(f, jnp.asarray(x))
    assert report.ok, str(report)
    assert report.verdicts[0][()] == Verdict.KINK
