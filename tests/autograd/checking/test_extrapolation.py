"""Error bars hold: the true derivative lies in them, by closed forms and by mpmath."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd.checking.directions import Coordinate, typical_size
from autograd.checking.extrapolation import neville, slopes
from autograd.checking.sampling import Outputs, Place, climb, long_ladder

EPSILON = float(np.finfo(float).eps)


def slope_of(f, x):
    """The slope of a function of one number, by the long ladder."""
    point = [np.array(float(x))]
    direction = Coordinate(point, 0, [0], typical_size(point[0]), np.dtype(float))
    with np.errstate(all="ignore"):
        centre = np.array([f(float(x))])
        place = Place(lambda arrays: np.array([f(float(arrays[0]))]), point, centre, EPSILON)
        steps = long_ladder(direction)[:, None]
        ladders = climb(place, [direction], steps, Outputs(np.eye(1), True))
        return slopes(ladders.along(0))[0]


FUNCTIONS = {
    "sin": (np.sin, mpmath.sin),
    "exp": (np.exp, mpmath.exp),
    "tanh": (np.tanh, mpmath.tanh),
    "arctan": (np.arctan, mpmath.atan),
    "logistic": (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "bell": (lambda x: np.exp(-x * x), lambda x: mpmath.exp(-x * x)),
    "cubic": (lambda x: x**3 - 2 * x, lambda x: x**3 - 2 * x),
    "witch": (lambda x: 1 / (x * x + 0.01), lambda x: 1 / (x * x + mpmath.mpf(0.01))),
    "fast": (lambda x: np.sin(1000 * x), lambda x: mpmath.sin(1000 * x)),
    "offset": (lambda x: 1e6 + np.cos(x), lambda x: 1e6 + mpmath.cos(x)),
    "cancelling": (lambda x: (1e6 + np.sin(x)) - 1e6, mpmath.sin),
    "slow": (lambda x: np.log(1 + x * x), lambda x: mpmath.log(1 + x * x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(derandomize=True, deadline=None, max_examples=60)
@given(x=st.floats(-30, 30), shift=st.integers(-8, 4))
def test_the_bar_contains_the_truth(name, x, shift):
    f, exact = FUNCTIONS[name]
    x = x * 10.0**shift
    assume(abs(x) > 1e-12)
    with mpmath.workdps(60):
        truth = float(mpmath.diff(exact, mpmath.mpf(x), h=mpmath.mpf(10) ** -25))
    with np.errstate(all="ignore"):
        assume(math.isfinite(f(x)) and math.isfinite(truth))
    found = slope_of(f, x)
    if found.kind == "kink":  # seen through noise; the one-sided bars hold all the same
        assert found.best.low <= truth <= found.best.high
        return
    if not math.isfinite(found.best.bar):
        return
    # What the rounding of x itself does to the derivative belongs to neither side.
    with mpmath.workdps(60):
        bend = abs(float(mpmath.diff(exact, mpmath.mpf(x), 2, h=mpmath.mpf(10) ** -20)))
    assert abs(found.best.value - truth) <= found.best.bar + 4 * EPSILON * abs(x) * bend


@pytest.mark.parametrize(
    ("f", "x"),
    [(np.sin, 1.0), (np.exp, -2.0), (np.tanh, 0.3), (lambda x: x**4, 1e12), (np.log, 1e-8)],
)
def test_bars_of_plain_functions_are_tight(f, x):
    found = slope_of(f, x)
    assert found.kind == "smooth"
    assert found.best.bar < 1e-10 * abs(found.best.value)


@pytest.mark.parametrize("distance", [0.3, 1e-3, 1e-6, 1e-9])
def test_a_kink_nearby_is_not_at_the_point(distance):
    found = slope_of(abs, distance)
    assert found.kind == "smooth"
    assert found.best.value == pytest.approx(1.0, abs=1e-9)


def test_a_kink_has_two_slopes():
    found = slope_of(lambda x: max(2 * x, -3 * x), 0.0)
    assert found.kind == "kink"
    assert found.left.value == pytest.approx(-3)
    assert found.right.value == pytest.approx(2)


def test_fine_structure_beats_coarse_steps():
    found = slope_of(lambda x: x + 1e-6 * np.sin(1e6 * x), 1.0)
    assert abs(found.best.value - (1 + np.cos(1e6))) <= found.best.bar < 1e-6


@pytest.mark.parametrize("f", [np.sign, np.floor, lambda x: float(x > 0)])
def test_a_jump_is_told(f):
    found = slope_of(f, 0.0)
    assert found.kind == "jump"
    assert "jumps by" in found.why


@pytest.mark.parametrize(("f", "sign"), [(np.sqrt, 1), (np.cbrt, 1), (lambda x: -np.sqrt(x), -1)])
def test_a_vertical_tangent_is_infinite(f, sign):
    found = slope_of(f, 0.0)
    assert found.kind == "infinite"
    assert found.best.value == sign * math.inf


def test_the_logarithm_of_a_vanishing_factor_counts_as_infinite_too():
    assert slope_of(lambda x: -x * np.log(x) if x else 0.0, 0.0).kind == "infinite"


def test_at_the_end_of_a_domain_one_side_is_enough():
    found = slope_of(lambda x: np.float64(x) ** 2.5, 0.0)
    assert found.kind == "edge"
    assert abs(found.best.value) <= found.best.bar < 1e-6


def test_an_oscillation_too_fast_to_see_is_unknown():
    found = slope_of(lambda x: np.sin(1e18 * x), 1.0)
    assert not math.isfinite(found.best.bar)


@pytest.mark.parametrize("w", [1e6, 1e8, 1e10])
def test_a_fast_oscillation_is_not_hidden_by_a_steep_envelope(w):
    x = 9.0
    found = slope_of(lambda x: np.exp(-x) * np.cos(w * x), x)
    truth = -np.exp(-x) * (np.cos(w * x) + w * np.sin(w * x))
    assert abs(found.best.value - truth) <= found.best.bar + 1e-6 * abs(truth)


def test_a_constant_made_of_rounding_is_told():
    found = slope_of(lambda x: (x + 0.1) - x - 0.1, 1.0)
    assert found.kind == "dust"


def test_a_tiny_function_is_no_dust():
    found = slope_of(lambda x: 1e-20 * x**2, 1.0)
    assert found.kind == "smooth"
    assert abs(found.best.value - 2e-20) <= found.best.bar < 1e-28


def test_no_values_no_slope():
    assert slope_of(lambda x: math.nan if x else 1.0, 0.0).kind == "unknown"


def test_neville_removes_powers_one_after_the_other():
    h = 0.5 ** np.arange(6.0)
    quotients = 3.0 + 2 * h**2 - h**4 + 5 * h**6
    table = neville(h, quotients, 2, 3)
    np.testing.assert_allclose(table[3][3:], 3.0, rtol=1e-13)
    assert np.isnan(table[3][:3]).all()


@pytest.mark.parametrize("period", [2.0**-10, 2.0**-6, 0.25, 1.0])
def test_no_period_fits_all_rungs(period):
    found = slope_of(lambda x: np.sin(2 * np.pi * x / period), 0.0)
    assert found.best.value == pytest.approx(2 * np.pi / period, rel=1e-9)
