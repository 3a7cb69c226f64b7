"""Tests of what the classifier learns and gives."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import nn
from nn.estimators import NeuralClassifier

X, Y = nn.data.make_moons(80, noise=0.1, seed=0)
X = X.astype(np.float64)


def classifier(**settings):
    given = {"units": 16, "epochs": 15, "learning_rate": 0.02, "random_state": 0, **settings}
    return NeuralClassifier(**given)


def test_two_classes_are_told_apart_by_one_sigmoid():
    fitted = classifier(epochs=60, learning_rate=0.1).fit(X, np.where(Y == 1, "up", "down"))
    assert fitted.classes_.tolist() == ["down", "up"]
    assert fitted.model_(X[:2]).shape == (2, 1)
    assert fitted.score(X, np.where(Y == 1, "up", "down")) > 0.95
    logits = fitted.decision_function(X)
    assert logits.shape == (80,)
    np.testing.assert_allclose(fitted.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logits)))
    assert_array_equal(fitted.predict(X) == "up", logits > 0)


def test_more_classes_are_told_apart_by_a_softmax():
    features, species = nn.data.load_iris()
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    fitted = classifier(epochs=20).fit(features, species + 5)
    assert fitted.classes_.tolist() == [5, 6, 7]
    assert fitted.score(features, species + 5) > 0.9
    logits = fitted.decision_function(features)
    probabilities = fitted.predict_proba(features)
    exponentials = np.exp(logits)
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert_array_equal(fitted.predict(features), 5 + logits.argmax(axis=1))


def test_a_record_may_have_several_labels():
    labels = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X.sum(axis=1) > 0]).astype(int)
    fitted = classifier(epochs=60).fit(X, labels)
    assert fitted.predict(X).shape == (80, 3)
    assert fitted.score(X, labels) > 0.8
    assert_array_equal(fitted.predict(X), fitted.predict_proba(X) > 0.5)


def test_the_history_has_the_figures_of_every_epoch():
    fitted = classifier(epochs=4, validation_fraction=0.25).fit(X, Y)
    assert list(fitted.history_) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert len(fitted.history_["loss"]) == 4


def test_the_network_computes_in_the_dtype_of_the_records():
    single = classifier(epochs=1).fit(X.astype(np.float32), Y)
    double = classifier(epochs=1).fit(X.astype(np.float64), Y)
    assert single.predict_proba(X).dtype == np.float32
    assert double.predict_proba(X).dtype == np.float64
    assert {parameter.dtype for parameter in double.model_.parameters()} == {np.dtype(float)}


def test_a_fitted_classifier_keeps_no_gradients_and_pickles():
    fitted = classifier(dropout=0.5).fit(X, Y)
    assert all(parameter.grad is None for parameter in fitted.model_.parameters())
    assert not fitted.model_.training
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"all records have one class, 3\.$"):
        classifier().fit(X, np.full(80, 3))


def test_nan_no_records_and_other_features_are_refused():
    holed = X.copy()
    holed[3, 0] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        classifier().fit(holed, Y)
    with pytest.raises(ValueError, match="0 sample"):
        classifier().fit(X[:0], Y[:0])
    fitted = classifier(epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="X has 1 features, but NeuralClassifier is expecting 2"):
        fitted.predict(X[:, :1])


def test_real_numbers_are_no_classes():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        classifier().fit(X, X[:, 0])
