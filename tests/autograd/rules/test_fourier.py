"""Tests of Fourier transforms, and of the phase of a complex number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, ValueArray, grad, hessian, jvp

law = settings(derandomize=True, deadline=None, max_examples=30)

#: Function → whether its argument is real, complex, or either.
LINES = {"fft": "fc", "ifft": "fc", "rfft": "f", "irfft": "fc", "hfft": "fc", "ihfft": "f"}
PLANES = {"fft2": "fc", "ifft2": "fc", "rfft2": "f", "irfft2": "fc"}
SPACES = {"fftn": "fc", "ifftn": "fc", "rfftn": "f", "irfftn": "fc"}
NORMS = [None, "backward", "ortho", "forward"]

LINE_CASES = [
    (name, kind, n, norm)
    for name, kinds in LINES.items()
    for kind in kinds
    for n, norm in [(None, None), *((n, norm) for n in (1, 2, 3, 5, 6, 9) for norm in NORMS)]
]
SPACE_CASES = [
    (name, kind, options)
    for name, kinds in (PLANES | SPACES).items()
    for kind in kinds
    for options in (
        {},
        {"norm": "ortho"},
        {"norm": "forward", "axes": (0, 2)},
        {"axes": (2, 0)},
        {"axes": (1, -1), "s": (3, 3)},
        {"axes": (-1, 0), "s": (4, 1)},
        {"axes": (0, 1), "s": (-1, 4)},
    )
]


def draw(rng, shape, kind):
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if kind == "c" else x


def units(shape, kind):
    """The directions in which an argument can move: each element, and each times i."""
    for unit in np.eye(int(np.prod(shape))).reshape(-1, *shape):
        yield unit, 1.0
        if kind == "c":
            yield 1j * unit, 1j


def gradient(f, shape, kind, cotangent):
    """∂/∂x + i ∂/∂y of the real part of ⟨cotangent, f(x + iy)⟩ for a linear f."""
    found = sum(
        np.real(np.sum(np.conj(cotangent) * f(unit))) * np.abs(unit) * phase
        for unit, phase in units(shape, kind)
    )
    return np.asarray(found)


def check_transform(f, shape, kind):
    """Values, gradient, forward mode and Hessian of a transform, all from its own linearity."""
    rng = np.random.default_rng(3)
    array = draw(rng, shape, kind)
    expected = f(array)
    x = Tensor(array)
    y = f(x)
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y.data, expected, atol=1e-14)

    cotangent = draw(rng, expected.shape, expected.dtype.kind)
    y.backward(cotangent)
    assert x.grad.dtype == array.dtype
    np.testing.assert_allclose(x.grad, gradient(f, shape, kind, cotangent), atol=1e-12)

    if kind == "f":
        direction = rng.normal(size=shape)
        _, tangent = jvp(f, [array], [direction])
        np.testing.assert_allclose(tangent, f(direction), atol=1e-13)

        weights = rng.normal(size=expected.shape)

        def energy(x):
            return np.sum(weights * (np.real(f(x)) ** 2 + np.imag(f(x)) ** 2))

        found = hessian(energy)(array)
        rows = np.array([f(unit) for unit, _ in units(shape, kind)])
        rows = rows.reshape(array.size, -1)
        curvature = 2 * np.real((rows.conj() * weights.ravel()) @ rows.T)
        np.testing.assert_allclose(found.reshape(curvature.shape), curvature, atol=1e-11)


@pytest.mark.parametrize(("name", "kind", "n", "norm"), LINE_CASES)
def test_over_one_axis(name, kind, n, norm):
    function = getattr(np.fft, name)
    check_transform(lambda x: function(x, n, norm=norm), (5,), kind)
    check_transform(lambda x: function(x, n=n, axis=0, norm=norm), (4, 2), kind)


@pytest.mark.parametrize(("name", "kind", "options"), SPACE_CASES)
def test_over_several_axes(name, kind, options):
    function = getattr(np.fft, name)
    check_transform(lambda x: function(x, **options), (2, 3, 3), kind)


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
@pytest.mark.parametrize("axes", [None, 0, -1, (1, 0)])
def test_shifts(name, axes):
    check_transform(lambda x: getattr(np.fft, name)(x, axes), (3, 4), "c")
    check_transform(lambda x: getattr(np.fft, name)(x, axes=axes), (5, 2), "f")


@law
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(NORMS), st.booleans())
def test_there_and_back_is_the_identity(length, columns, norm, real):
    """… whose gradient is what is put in, whatever half spectrum lies between."""
    rng = np.random.default_rng(length)
    x = Tensor(rng.normal(size=(columns, length)))
    if real:
        y = np.fft.irfft(np.fft.rfft(x, norm=norm), length, norm=norm)
    else:
        y = np.fft.ifft(np.fft.fft(x, norm=norm), norm=norm).real
    cotangent = rng.normal(size=x.shape)
    y.backward(cotangent)
    np.testing.assert_allclose(y.data, x.data, atol=1e-13)
    np.testing.assert_allclose(x.grad, cotangent, atol=1e-13)


def test_energy_of_a_spectrum_is_that_of_the_signal():
    """Parseval: ½ Σ|x̂|² = ½ n Σ x², with the gradient n x."""
    signal = np.random.default_rng(0).normal(size=8)
    found = grad(lambda x: 0.5 * np.sum(np.abs(np.fft.fft(x)) ** 2))(signal)
    np.testing.assert_allclose(found, 8 * signal, rtol=1e-12)


def test_a_convolution_through_spectra_has_the_gradient_of_a_convolution():
    rng = np.random.default_rng(0)
    signal, kernel, weights = rng.normal(size=9), rng.normal(size=4), rng.normal(size=12)

    def through_spectra(a, b):
        return np.sum(np.fft.irfft(np.fft.rfft(a, 12) * np.fft.rfft(b, 12), 12) * weights)

    by_signal, by_kernel = grad(through_spectra, (0, 1))(signal, kernel)
    np.testing.assert_allclose(by_signal, np.correlate(weights, kernel, "valid"), atol=1e-12)
    np.testing.assert_allclose(by_kernel, np.correlate(weights, signal, "valid"), atol=1e-12)


def test_single_precision_stays():
    x = Tensor(np.ones((3, 4), np.float32))
    spectrum = np.fft.rfft2(x)
    assert spectrum.dtype == np.complex64
    back = np.fft.irfft2(spectrum, (3, 4))
    assert back.dtype == np.float32
    back.sum().backward()
    assert x.grad.dtype == np.float32
    assert spectrum.grad.dtype == np.complex64


@pytest.mark.parametrize("name", [*LINES, *PLANES, *SPACES])
def test_values_are_real(name):
    with pytest.raises(TypeError, match=r"np\.fft .* a Value is a real one; use a Tensor"):
        getattr(np.fft, name)(ValueArray(np.ones((2, 2))))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.fft.fft(x, 0), "fftn does not fit"),
        (lambda x: np.fft.fft(x, norm="half"), "norm='half'"),
        (lambda x: np.fft.fft(x, axis=1), "np.fft: axis 1 is out of bounds"),
        (lambda x: np.fft.fftn(x, s=(2, 2), axes=(0,)), "differ in length"),
        (lambda x: np.fft.irfft(x[:1]), "irfftn does not fit"),
    ],
    ids=range(5),
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Tensor([1.0, 2.0]))


# --- phase --------------------------------------------------------------------------------------


def from_parts(parts):
    return parts[0] + np.array(1j) * parts[1]


@pytest.mark.parametrize("deg", [False, True])
def test_angle(deg):
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(2, 5))
    weights = rng.normal(size=5)
    a, b = parts
    square = a * a + b * b
    unit = 180 / np.pi if deg else 1.0

    z = Tensor(a + 1j * b)
    y = np.angle(z, deg)
    np.testing.assert_allclose(y.data, unit * np.arctan2(b, a))
    y.backward(weights)
    np.testing.assert_allclose(z.grad, unit * weights * (-b + 1j * a) / square)

    found = hessian(lambda p: np.sum(weights * np.angle(from_parts(p), deg=deg)))(parts)
    of_a = unit * weights * 2 * a * b / square**2
    mixed = unit * weights * (b * b - a * a) / square**2
    expected = np.zeros((2, 5, 2, 5))
    i = np.arange(5)
    expected[0, i, 0, i], expected[1, i, 1, i] = of_a, -of_a
    expected[0, i, 1, i] = expected[1, i, 0, i] = mixed
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("carrier", [Tensor, ValueArray])
def test_a_real_number_does_not_turn(carrier):
    x = carrier([2.0, -3.0, 0.0])
    y = np.angle(x)
    np.testing.assert_allclose(y.data, [0.0, np.pi, 0.0])
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 0.0])


def test_angle_of_a_value():
    x = Value(-3.0)
    np.angle(x).backward()
    assert x.grad == 0.0


def test_angle_at_zero_has_no_gradient():
    z = Tensor(np.array([0.0, 1.0 + 1.0j]))
    np.angle(z).sum().backward()
    np.testing.assert_allclose(z.grad, [0.0, -0.5 + 0.5j])


def test_real_if_close():
    z = Tensor(np.array([1.0 + 1e-16j, 2.0]))
    y = np.real_if_close(z)
    assert y.dtype == float
    y.sum().backward()
    np.testing.assert_array_equal(z.grad, [1.0, 1.0])
    far = Tensor(np.array([1.0 + 1e-3j]))
    assert np.real_if_close(far) is far
    assert np.real_if_close(far, tol=1e15).dtype == float
