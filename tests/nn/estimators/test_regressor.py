"""Tests of what the regressor learns and gives."""

import numpy as np
import pytest

import nn
from nn.estimators import NeuralRegressor

X = np.random.default_rng(0).normal(size=(60, 2))
LINEAR = np.array([[2.0, 0.5], [-1.0, 3.0]])


def regressor(**settings):
    return NeuralRegressor(hidden_layers=0, learning_rate=0.05, random_state=0, **settings)


def test_it_learns_a_number():
    fitted = regressor().fit(X, X @ LINEAR[0] + 1)
    assert fitted.predict(X).shape == (60,)
    assert fitted.score(X, X @ LINEAR[0] + 1) > 0.999
    np.testing.assert_allclose(fitted.model_.fc1.weight.data, LINEAR[:1], atol=0.01)


def test_it_learns_several_numbers():
    fitted = regressor().fit(X, X @ LINEAR.T)
    assert fitted.predict(X).shape == (60, 2)
    assert fitted.score(X, X @ LINEAR.T) > 0.999


def test_the_loss_in_the_history_is_the_mean_squared_error():
    y = X @ LINEAR[0]
    fitted = regressor(epochs=3, validation_fraction=0.2).fit(X, y)
    assert list(fitted.history_) == ["loss", "val_loss"]
    together = 0.8 * fitted.history_["loss"][-1] + 0.2 * fitted.history_["val_loss"][-1]
    assert together == pytest.approx(np.mean((fitted.predict(X) - y) ** 2), rel=0.2)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="could not convert string to float"):
        regressor().fit(X, np.full(60, "high"))


def test_a_loss_that_overflows_says_where():
    diverging = regressor(optimizer="sgd", epochs=500).set_params(learning_rate=1e6)
    with np.errstate(over="ignore"), pytest.raises(nn.NonFiniteLossError, match="the loss became"):
        diverging.fit(X, X[:, 0])
