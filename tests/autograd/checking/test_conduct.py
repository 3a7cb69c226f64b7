"""What is wrong with a derivative besides its numbers, each in its own sentence."""

import numpy as np
import pytest

from autograd import Tensor, Value, assert_gradients, gradcheck

X = np.array([0.3, -1.2, 2.0])


def problems(f, *inputs, **options):
    report = gradcheck(f, *inputs, **options)
    assert not report.ok
    return " ".join(report.problems)


def cos(g, x):
    return g * np.cos(x)


def test_f_is_not_deterministic():
    rng = np.random.default_rng(0)
    said = problems(lambda x: np.sin(x) + 0.01 * rng.random(3), X, vjp=cos)
    assert "f is not deterministic" in said
    assert "Seed" in said


def test_without_one_f_there_are_no_verdicts():
    rng = np.random.default_rng(0)
    assert not gradcheck(lambda x: np.sin(x) + 0.01 * rng.random(3), X, vjp=cos).inputs


def test_vjp_is_not_deterministic():
    rng = np.random.default_rng(0)
    said = problems(np.sin, X, vjp=lambda g, x: cos(g, x) * (1 + 0.1 * rng.random(3)))
    assert "vjp is not deterministic" in said


def test_an_input_is_mutated_by_f():
    def f(x):
        x += 1.0
        return np.sin(x)

    assert "f changes its input 0 in place" in problems(f, X, vjp=lambda g, x: g * np.cos(x + 1))
    assert X[0] == 0.3


def test_an_input_is_mutated_by_vjp():
    def vjp(g, x):
        out = cos(g, x)
        x *= 2
        return out

    assert "vjp changes its input 0 in place" in problems(np.sin, X, vjp=vjp)


def test_the_cotangent_is_mutated():
    def vjp(g, x):
        g *= np.cos(x)
        return g

    assert "vjp changes its cotangent in place" in problems(np.sin, X, vjp=vjp)


def test_a_gradient_aliases_an_input():
    said = problems(lambda x: 0.5 * np.sum(x**2), X, gradient=lambda x: x)
    assert "shares memory with input 0" in said


def test_gradients_alias_each_other():
    def vjp(g, a, b):
        v = g * 1.0
        return v, v

    assert "inputs 0 and 1 share memory" in problems(lambda a, b: a + b, X, X + 1, vjp=vjp)


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda x: np.cos(x)[:, None], "has shape (3, 1), but the input has (3,)"),
        (lambda x: np.cos(x).astype(np.float32), "precision was lost"),
        (lambda x: np.ones(3, dtype=int), "must be floating"),
        (lambda x: np.cos(x) * 1j, "is complex"),
        (lambda x: (np.cos(x), np.cos(x)), "returned 2 gradients for 1 inputs"),
        (lambda x: "cos", "is no array of numbers"),
    ],
)
def test_the_form_is_wrong(gradient, said):
    assert said in problems(lambda x: np.sum(np.sin(x)), X, gradient=gradient)


def test_a_wider_dtype_than_input_and_output_have():
    def gradient(x):
        return np.cos(x).astype(np.float64)

    said = problems(lambda x: np.sum(np.sin(x)), X.astype(np.float32), gradient=gradient)
    assert "has dtype float64, but the input and the output of f have float32" in said


def test_the_cotangent_is_ignored():
    assert "ignores its cotangent" in problems(np.sin, X, vjp=lambda g, x: np.cos(x))


def test_the_vjp_is_not_linear():
    assert "not linear" in problems(np.sin, X, vjp=lambda g, x: g * np.abs(g) * np.cos(x))


def test_a_missing_sum_is_named_with_its_axis():
    report = gradcheck(
        lambda a, b: a * b, np.ones((4, 3)) + 0.1, X, vjp=lambda g, a, b: (g * b, g * a)
    )
    assert "before summing over axis 0" in str(report)


def test_nan_and_inf_claims_are_wrong():
    for bad in (np.nan, np.inf):
        report = gradcheck(np.sin, X, vjp=lambda g, x, bad=bad: cos(g, x) + np.array([0, bad, 0]))
        assert not report.ok


def test_f_has_no_value():
    with np.errstate(all="ignore"):
        assert "f returns nan" in problems(np.log, np.array([-1.0]))
        assert "f returns -inf" in problems(np.log, np.array([0.0]))


@pytest.mark.parametrize(
    ("f", "inputs", "said"),
    [
        (np.sin, (X + 1j,), "input 0 is complex"),
        (np.sin, (np.arange(3),), "floating numbers"),
        (np.sin, ("x",), "floating numbers"),
        (lambda x: x + 1j, (X,), "returned complex numbers"),
        (lambda x: (x, x), (X,), "returned a tuple"),
        (lambda x: None, (X,), "returned a NoneType"),
    ],
)
def test_what_cannot_be_checked_is_refused(f, inputs, said):
    with pytest.raises(TypeError, match=said):
        gradcheck(f, *inputs, vjp=cos)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"vjp": cos, "gradient": np.cos}, "not both"),
        ({"order": 3}, "order="),
        ({"order": 2, "vjp": cos}, "order=2 needs"),
        ({"inconclusive": "maybe"}, "inconclusive="),
        ({"gradient": np.cos}, "returns a scalar"),
        ({"domain": "somewhere"}, "domain= takes"),
        ({"domain": (1.0, 0.0)}, "domain= takes"),
        ({"domain": ["positive", None]}, "list of 2"),
        ({"domain": (5.0, 6.0)}, "outside the domain"),
    ],
)
def test_options_that_do_not_fit(options, said):
    with pytest.raises(ValueError, match=said):
        gradcheck(np.sin, X, **options)


def test_no_inputs():
    with pytest.raises(ValueError, match="needs the inputs"):
        gradcheck(np.sin)


@pytest.mark.parametrize(
    "inputs",
    [(0.5,), (np.float32(0.5),), (X,), (Value(0.5),), (Tensor(X),), ([0.5, 1.0],), (np.array(0.5),),
     (np.zeros((0, 3)),)],
)  # fmt: skip
def test_inputs_of_every_kind(inputs):
    assert assert_gradients(np.sin, *inputs).ok
    assert gradcheck(np.sin, *inputs, vjp=lambda g, x: g * np.cos(x)).ok


def test_several_inputs_of_different_kinds():
    def f(a, b, c):
        return np.sum(a * b) + c**2

    assert gradcheck(f, X, 2.0, Value(3.0)).ok
    assert gradcheck(f, X, 2.0, Tensor(1.5)).ok


def test_what_a_function_raises_at_the_point_is_not_hidden():
    def f(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        gradcheck(f, X, vjp=cos)
