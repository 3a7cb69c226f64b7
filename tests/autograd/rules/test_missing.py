"""Functions that leave NaN out: they do so in the gradient too."""

import numpy as np
import pytest

from autograd import Tensor, ValueArray, grad
from tests.autograd.rules.derivative_laws import check_derivatives

X = np.random.default_rng(3).permutation(12).reshape(2, 3, 2) / 7.0 - 1.0
HOLES = np.zeros(X.shape, dtype=bool)
HOLES[0, 1, 1] = HOLES[1, 2, 0] = HOLES[1, 0, 0] = True

REDUCTIONS = [np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin]
QUANTILES = [np.nanmedian, lambda x, **o: np.nanpercentile(x, [30, 55], **o)]
SCANS = [np.nancumsum, np.nancumprod]


def punched(f, **options):
    """The function of an array into which holes are punched."""
    return lambda x: f(np.where(HOLES, np.nan, x), **options)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2)])
@pytest.mark.parametrize("f", REDUCTIONS + QUANTILES, ids=lambda f: f.__name__)
def test_reductions(f, axis):
    check_derivatives(punched(f, axis=axis), X, single=False)
    check_derivatives(punched(f, axis=axis, keepdims=True), X, single=False)


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("f", SCANS, ids=lambda f: f.__name__)
def test_scans(f, axis):
    check_derivatives(punched(f, axis=axis), X, single=False)


def test_degrees_of_freedom():
    check_derivatives(punched(np.nanvar, axis=1, ddof=0.5), X, single=False)
    check_derivatives(punched(np.nanstd, ddof=1), X, single=False)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
@pytest.mark.parametrize("f", REDUCTIONS + QUANTILES + SCANS, ids=lambda f: f.__name__)
def test_nan_receives_exactly_zero(f, carrier):
    x = carrier([[1.0, np.nan, 3.0], [np.nan, 0.5, 2.0]])
    np.sum(f(x, axis=1)).backward()
    np.testing.assert_array_equal(x.grad[[0, 1], [1, 0]], [0.0, 0.0])
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("f", REDUCTIONS + QUANTILES + SCANS, ids=lambda f: f.__name__)
def test_single_precision_stays(f):
    x = Tensor(np.array([[1.0, np.nan, 3.0]], dtype=np.float32))
    out = f(x, axis=1)
    assert out.dtype == np.float32
    out.sum().backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("f", REDUCTIONS[2:] + QUANTILES, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:All-NaN:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_of_nothing_but_nan_is_nan(f):
    x = Tensor([[np.nan, np.nan], [1.0, 2.0]])
    out = f(x, axis=1)
    assert np.isnan(out.data[..., 0]).all()
    assert np.isfinite(out.data[..., 1]).all()


def test_sum_and_product_of_nothing_but_nan():
    x = Tensor([np.nan, np.nan])
    assert float(np.nansum(x)) == 0.0
    assert float(np.nanprod(x)) == 1.0


def test_second_derivative_of_a_variance_with_holes():
    x = np.array([1.0, np.nan, 3.0, 4.0])
    ours = grad(lambda x: np.sum(grad(np.nanvar)(x) ** 2))(x)
    theirs = grad(lambda x: np.sum(grad(np.var)(x) ** 2))(x[[0, 2, 3]])
    np.testing.assert_allclose(ours[[0, 2, 3]], theirs)
    assert ours[1] == 0.0


def test_complex():
    check_derivatives(np.nansum, np.array([1 + 2j, -1j]))
    check_derivatives(np.nanmean, np.array([1 + 2j, -1j]))
    check_derivatives(np.nanvar, np.array([1 + 2j, -1j, 0.5]))


def test_places_have_no_gradient():
    x = Tensor([[1.0, np.nan, 3.0]])
    assert np.nanargmax(x) == 2
    assert np.nanargmin(x) == 0
