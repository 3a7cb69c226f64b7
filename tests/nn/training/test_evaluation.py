"""Tests of evaluate and predict."""

import numpy as np
import pytest
from sklearn import metrics as reference

import nn
from nn import functional

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


def test_predict_gives_plain_outputs_of_all_records_in_order():
    model = nn.MLP((2, 8, 2), seed=0)
    for twin in (model, model.to_values()):
        outputs = nn.predict(twin, X[:30], batch_size=7)
        assert type(outputs) is np.ndarray
        np.testing.assert_allclose(outputs, model(X[:30]).data, rtol=1e-5)


def test_they_record_nothing_and_run_in_evaluation_mode():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append((self.training, x.requires_grad))
            return x

    model = nn.Sequential(nn.Linear(2, 2), Spy())
    nn.predict(model, X)
    nn.evaluate(model, X, Y, loss=functional.cross_entropy)
    assert seen == [(False, False), (False, False)]
    assert model.training


@pytest.mark.parametrize("batch_size", [1, 7, 40, 90])
def test_figures_are_those_of_all_records_whatever_the_batch_size(batch_size):
    # F₁ and R² are no means of those of the batches.
    model = nn.MLP((2, 8, 2), seed=0, dtype=np.float64)
    figures = nn.evaluate(
        model,
        X,
        Y,
        loss=functional.cross_entropy,
        metrics=[nn.accuracy, nn.f1_score],
        batch_size=batch_size,
    )
    given = model(X).data.argmax(axis=1)
    assert figures["loss"] == pytest.approx(functional.cross_entropy(model(X), Y).item(), rel=1e-12)
    assert figures["accuracy"] == pytest.approx(reference.accuracy_score(Y, given))
    assert figures["f1_score"] == pytest.approx(reference.f1_score(Y, given))


def test_no_records_are_refused():
    with pytest.raises(ValueError, match=r"there are no records: x has shape \(0, 2\)"):
        nn.predict(nn.Linear(2, 1), X[:0])
    with pytest.raises(ValueError, match=r"there are no records: x has shape \(0, 2\)"):
        nn.evaluate(nn.Linear(2, 1), X[:0], Y[:0], loss=nn.MSELoss())
