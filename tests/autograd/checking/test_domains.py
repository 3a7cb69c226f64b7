"""Domains are never left, and probes find what the inputs do not reach."""

import numpy as np
import pytest

from autograd import gradcheck
from autograd.checking.domains import as_domain
from autograd.checking.probes import probes


def recording(f, seen):
    def g(x):
        seen.append(np.array(x))
        return f(x)

    return g


@pytest.mark.parametrize(
    ("domain", "inside", "x"),
    [
        ("positive", lambda x: (x > 0).all(), np.array([0.5, 1e-6])),
        ((0.0, 1.0), lambda x: ((x >= 0) & (x <= 1)).all(), np.array([0.2, 0.999, 0.0])),
        ((0.0, np.inf), lambda x: (x >= 0).all(), np.array([0.0, 3.0])),
        ((-np.inf, 2.0), lambda x: (x <= 2).all(), np.array([2.0, -3.0])),
        (lambda x: np.sum(x**2) < 1, lambda x: np.sum(x**2) < 1, np.array([0.7, 0.7])),
    ],
)
def test_a_domain_is_never_left(domain, inside, x):
    seen = []
    report = gradcheck(
        recording(lambda x: x**2, seen), x, vjp=lambda g, x: 2 * g * x, domain=domain
    )
    assert report.ok, str(report)
    assert len(seen) > 20
    assert all(inside(point) for point in seen)


def test_a_definite_matrix_stays_definite_and_symmetric():
    seen = []
    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    report = gradcheck(
        recording(lambda a: np.log(np.linalg.det(a)), seen),
        a,
        vjp=lambda g, a: g * np.linalg.inv(a),
        domain="spd",
    )
    assert report.ok, str(report)
    assert report.probed
    for point in seen:
        np.testing.assert_array_equal(point, point.T)
        assert (np.linalg.eigvalsh(point) > 0).all()


def test_one_domain_for_each_input():
    seen = []

    def f(a, b):
        seen.append((float(a), float(b)))
        return a * np.log(b)

    report = gradcheck(
        f, -1.0, 2.0, vjp=lambda g, a, b: (g * np.log(b), g * a / b), domain=[None, "positive"]
    )
    assert report.ok
    assert min(a for a, _ in seen) < -5
    assert min(b for _, b in seen) > 0


def test_without_a_domain_nan_and_exceptions_tell_it():
    def raising(x):
        if (x <= 0).any():
            raise ValueError("not there")
        return np.log(x)

    for f in (np.log, raising):
        report = gradcheck(f, np.array([0.3, 2.0]), vjp=lambda g, x: g / x)
        assert report.ok, str(report)
        assert len(report.probed) == 12


def test_the_engine_declares_which_matrices_are_symmetric():
    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert gradcheck(np.linalg.cholesky, a).ok
    assert gradcheck(lambda a: np.linalg.eigh(a)[0], a).ok


@pytest.mark.parametrize("domain", ["positive", "symmetric", "spd", (0.0, 1.0), (-3.0, np.inf)])
def test_probes_lie_in_the_domain(domain):
    rng = np.random.default_rng(0)
    within = as_domain(domain)
    start = within.nearest(rng.standard_normal((3, 3)))
    for _, alternatives in probes([start], [within], rng):
        for (point,) in alternatives:
            assert within.contains(point)


@pytest.mark.parametrize("where", [lambda x: x < 0, lambda x: np.abs(x) > 5, lambda x: x < -5,
                                   lambda x: x > 20, lambda x: np.abs(x) < 0.004])  # fmt: skip
@pytest.mark.parametrize("factor", [1.001, 2.0, -1.0])
def test_a_wrong_piece_is_found_where_no_input_lies(where, factor):
    for seed in range(5):
        x = np.random.default_rng(seed).uniform(0.2, 1.0, 3)
        report = gradcheck(
            lambda x: x**2, x, seed=seed,
            vjp=lambda g, x: 2 * g * x * np.where(where(x), factor, 1.0),
        )  # fmt: skip
        assert not report.ok
        assert all(where(e.at) for e in report.elsewhere)
