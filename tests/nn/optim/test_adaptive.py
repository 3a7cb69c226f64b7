"""Worked steps of the adaptive optimisers; tests/oracle/test_nn_optim.py has PyTorch's."""

import numpy as np
import pytest

import nn


def path(kind, gradients, **options):
    """Where the steps lead from 1."""
    p, places = nn.Parameter([1.0], np.float64), []
    optimizer = kind([p], **options)
    for gradient in gradients:
        p.grad = np.array([gradient])
        optimizer.step()
        places.append(p.data[0])
    return places


def test_adagrad_adds_up_the_squares():
    # α is 9, then 9 + 16 = 25: the steps are 0.5·3/3 and 0.5·4/5.
    np.testing.assert_allclose(
        path(nn.optim.Adagrad, [3.0, 4.0], lr=0.5, eps=0.0), [0.5, 0.1], rtol=1e-14
    )


def test_adagrad_with_epsilon_in_the_root_as_in_the_course():
    # η′ = η/√(α + ε): √(9 + 16) and √(9 + 16 + 144 − 25).
    np.testing.assert_allclose(
        path(nn.optim.Adagrad, [3.0], lr=0.5, eps=16.0, eps_in_root=True), [0.7], rtol=1e-14
    )
    np.testing.assert_allclose(
        path(nn.optim.Adagrad, [3.0], lr=0.5, eps=16.0), [1 - 1.5 / 19], rtol=1e-14
    )


def test_rmsprop_averages_the_squares_as_in_the_course():
    # v = 0.95·0 + 0.05·g²; the step is η g/√(v + ε).
    expected = 1 - 0.1 * 2 / np.sqrt(0.05 * 4 + 1e-2)
    options = {"lr": 0.1, "alpha": 0.95, "eps": 1e-2, "eps_in_root": True}
    np.testing.assert_allclose(path(nn.optim.RMSprop, [2.0], **options), [expected], rtol=1e-14)


def test_adadelta_without_the_squared_steps_is_rmsprop():
    # The first step of the published form: g·√ε/√(v + ε).
    expected = 1 - 2 * np.sqrt(1e-6) / np.sqrt(0.1 * 4 + 1e-6)
    np.testing.assert_allclose(path(nn.optim.Adadelta, [2.0]), [expected], rtol=1e-14)


def test_lion_steps_by_the_sign():
    # sign(0.1·g) = 1; then m = 0.01·1, and 0.9·0.01 − 0.1·0.05 > 0; then m = 0.0094: −.
    np.testing.assert_allclose(
        path(nn.optim.Lion, [1.0, -0.05, -0.5], lr=0.25), [0.75, 0.5, 0.75], rtol=1e-14
    )


def test_rprop_grows_and_shrinks():
    # Steps of 0.1 and 0.1·1.2; where the sign turns, none, and 0.12·0.5 is the next one.
    places = path(nn.optim.Rprop, [2.0, 3.0, -1.0, -1.0], lr=0.1)
    np.testing.assert_allclose(places, [0.9, 0.78, 0.78, 0.84], rtol=1e-14)


def test_asgd_keeps_the_average():
    p = nn.Parameter([1.0], np.float64)
    optimizer = nn.optim.ASGD([p], lr=0.1, lambd=0.0, t0=1.0)
    places = []
    for _ in range(5):
        p.grad = np.array([1.0])
        optimizer.step()
        places.append(p.data[0])
    # The share of a new place is 1/(t − t₀) from the step before: 1, 1, 1, 1/2, 1/3.
    np.testing.assert_allclose(
        optimizer.state_dict()["state"][0]["ax"], [np.mean(places[2:])], rtol=1e-14
    )


def test_radam_waits_before_it_divides():
    # While ρ ≤ 5 the steps are those of momentum with bias correction.
    places = path(nn.optim.RAdam, [1e-3] * 6, lr=1.0)
    np.testing.assert_allclose(places[:5], 1 - 1e-3 * np.arange(1, 6), rtol=1e-12)
    assert places[5] < places[4] - 5e-3


@pytest.mark.parametrize(
    ("kind", "options", "complaint"),
    [
        ("RMSprop", {"alpha": -1}, "alpha of RMSprop must be 0 or more, but alpha=-1"),
        ("Adadelta", {"rho": 1.5}, r"rho of Adadelta must be in \[0, 1\], but rho=1\.5"),
        (
            "Rprop",
            {"etas": (1.2, 0.5)},
            r"etas of Rprop must be a number in \(0, 1\) and one above 1, but",
        ),
        ("Rprop", {"step_sizes": (1, 0.5)}, "step_sizes of Rprop must be two rising numbers above"),
        ("Lion", {"betas": (1.0, 0.9)}, r"betas of Lion must be two numbers in \[0, 1\), but"),
    ],
)
def test_bad_input(kind, options, complaint):
    with pytest.raises(ValueError, match=complaint):
        getattr(nn.optim, kind)([nn.Parameter([1.0])], **options)
