"""Tests of scipy.special's functions on nodes; the table's own laws are in test_table."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.special

from autograd import Tensor, Value, ValueArray, grad
from autograd.rules import special

INF, NAN = math.inf, math.nan

#: Where each ufunc is sampled; scipy's own names.
POINTS = {
    "cbrt": (2.0,),
    "digamma": (1.5,),
    "entr": (0.4,),
    "erf": (0.3,),
    "erfc": (0.3,),
    "erfcx": (0.3,),
    "erfinv": (0.3,),
    "exp2": (0.3,),
    "expit": (0.3,),
    "expm1": (0.3,),
    "gamma": (2.5,),
    "gammaln": (2.5,),
    "i0": (1.3,),
    "i0e": (1.3,),
    "i1": (1.3,),
    "i1e": (1.3,),
    "log1p": (0.3,),
    "log_expit": (0.3,),
    "log_ndtr": (0.3,),
    "logit": (0.3,),
    "ndtr": (0.3,),
    "ndtri": (0.3,),
    "psi": (1.5,),
    "xlog1py": (0.7, 0.3),
    "xlogy": (0.7, 0.3),
}


def gradients(f, *args, carrier=Tensor):
    nodes = [carrier(arg) for arg in args]
    f(*nodes).backward()
    return [float(node.grad) for node in nodes]


def test_every_entry_is_sampled():
    assert {getattr(scipy.special, name).__name__ for name in POINTS} == set(special.UFUNCS)


@pytest.mark.parametrize("carrier", [Value, Tensor, lambda x: ValueArray([x])])
@pytest.mark.parametrize("name", POINTS)
def test_scipys_own_function_accepts_nodes(name, carrier):
    f, point = getattr(scipy.special, name), POINTS[name]
    nodes = [carrier(x) for x in point]
    out = f(*nodes)
    np.testing.assert_allclose(np.asarray(out.data).item(), f(*point), rtol=1e-14)
    out.backward()
    h = 1e-6
    for slot, node in enumerate(nodes):
        ends = [f(*(x + s * h * (i == slot) for i, x in enumerate(point))) for s in (1, -1)]
        assert np.asarray(node.grad).item() == pytest.approx(
            (ends[0] - ends[1]) / (2 * h), rel=1e-7
        )


def test_a_ufunc_without_an_entry_is_refused():
    with pytest.raises(TypeError, match="j0 has no derivative"):
        scipy.special.j0(Tensor([1.0]))


def test_a_ufunc_is_found_by_what_it_is_and_not_by_its_name_alone():
    assert special.find(scipy.special.cbrt) is special.UFUNCS["cbrt"]
    assert special.find(np.cbrt) is None


@pytest.mark.parametrize("f", [scipy.special.logsumexp, scipy.special.softmax])
@pytest.mark.parametrize("x", [Tensor([1.0, 2.0]), Value(1.0)], ids=["Tensor", "Value"])
def test_what_is_no_ufunc_raises_and_detaches_nothing(f, x):
    with pytest.raises(TypeError):
        f(x)


def test_scipy_is_not_imported_with_the_table():
    code = "import sys, autograd.rules.special; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_scipy_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        special.erfcx(Tensor([1.0]))


@pytest.mark.parametrize("name", sorted(special.UFUNCS))
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_low_precision_stays(name, dtype):
    nodes = [Tensor(np.array([x], dtype)) for x in POINTS[name]]
    out = special.UFUNCS[name](*nodes)
    out.sum().backward()
    assert {out.dtype, *(node.grad.dtype for node in nodes)} == {np.dtype(dtype)}


# --- hard points ------------------------------------------------------------------------------

AT = [
    (special.xlogy, (0.0, 0.0), (0, 0)),
    (special.xlogy, (0.0, 2.0), (math.log(2), 0)),
    (special.xlogy, (0.0, -1.0), (0, 0)),
    (special.xlog1py, (0.0, -1.0), (0, 0)),
    (special.xlog1py, (0.0, 1.0), (math.log(2), 0)),
    (special.entr, (0.0,), (INF,)),
    (special.entr, (-1.0,), (NAN,)),
    (special.logit, (0.0,), (INF,)),
    (special.erfinv, (1.0,), (INF,)),
    (special.ndtri, (0.0,), (INF,)),
    (special.ndtr, (1000.0,), (0,)),
    (special.log_ndtr, (-1e8,), (1e8,)),
    (special.log_ndtr, (60.0,), (0,)),
    (special.log_expit, (-1000.0,), (1,)),
    (special.log_expit, (1000.0,), (0,)),
    (special.i1, (0.0,), (0.5,)),
    (special.i0e, (0.0,), (0,)),
    (special.i1e, (0.0,), (0.5,)),
    (special.gammaln, (1.0,), (-np.euler_gamma,)),
    (special.digamma, (1.0,), (np.pi**2 / 6,)),
    (special.gamma, (5.0,), (24 * float(scipy.special.digamma(5.0)),)),
]


@pytest.mark.parametrize("carrier", [Value, Tensor])
@pytest.mark.parametrize(("f", "point", "expected"), AT, ids=lambda x: getattr(x, "name", None))
def test_hard_points(carrier, f, point, expected):
    with np.errstate(all="ignore"):
        found = gradients(f, *point, carrier=carrier)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=0)


def test_the_mixed_derivative_of_xlogy_at_0_is_right():
    """∂²(x·log y)/∂x∂y = 1/y, also where x = 0 closes other derivatives."""
    assert grad(grad(special.xlogy, 1), 0)(0.0, 4.0) == 0.25
    assert grad(grad(special.xlogy, 0), 1)(0.0, 4.0) == 0.25


@pytest.mark.parametrize("n", range(5))
def test_polygamma_takes_nodes_and_differentiates_to_the_next(n):
    x = np.array([0.3, 1.0, 7.5, -0.4, -5.2])
    node = Tensor(x)
    y = special.polygamma(n, node)
    np.testing.assert_allclose(y.data, scipy.special.polygamma(n, x), rtol=1e-14)
    y.sum().backward()
    np.testing.assert_allclose(node.grad, scipy.special.polygamma(n + 1, x), rtol=1e-14)


@pytest.mark.parametrize(
    "x", [-700.0, -3.0, -1e-9, 1e-12, 0.5, 20.0, 700.0], ids=lambda x: f"{x:g}"
)
def test_bessel_functions_differentiate_into_each_other(x):
    """I₀′ = I₁ and I₁′ = (I₀ + I₂)/2, the scaled ones with their factor."""
    i0, i1 = scipy.special.i0(x), scipy.special.i1(x)
    slope = (i0 + scipy.special.iv(2, x)) / 2
    fade = math.exp(-abs(x))
    sign = math.copysign(1, x)
    expected = [i1, slope, (i1 - sign * i0) * fade, (slope - sign * i1) * fade]
    entries = (special.UFUNCS["i0"], special.i1, special.i0e, special.i1e)
    found = [gradients(f, x)[0] for f in entries]
    np.testing.assert_allclose(found[:2], expected[:2], rtol=1e-13)
    # A difference of nearly equal numbers where |x| is large.
    np.testing.assert_allclose(found[2:], expected[2:], rtol=1e-11, atol=1e-15)
