"""scikit-learn's own checks of an estimator, all of them."""

from functools import partial

import pytest
from sklearn.utils.estimator_checks import check_estimator

import nn
from nn.estimators import NeuralClassifier, NeuralRegressor

#: What scikit-learn itself leaves out where pandas is not installed, or its array API is not on.
OPTIONAL = {
    "check_array_api_input",
    "check_classifier_data_not_an_array",
    "check_regressor_data_not_an_array",
}


def passed_checks(estimator):
    results = check_estimator(estimator, on_skip=None)  # raises where one fails
    passed = {result["check_name"] for result in results if result["status"] == "passed"}
    assert {result["check_name"] for result in results} - passed <= OPTIONAL
    return passed


def test_the_classifier_passes_every_check():
    checks = passed_checks(NeuralClassifier())
    assert len(checks) > 40
    assert "check_classifiers_multilabel_output_format_predict_proba" in checks


def test_the_regressor_passes_every_check():
    checks = passed_checks(NeuralRegressor())
    assert len(checks) > 40
    assert "check_regressor_multioutput" in checks


def linear(n_features, n_outputs, seed):
    return nn.Linear(n_features, n_outputs, seed=seed)


@pytest.mark.parametrize("estimator_type", [NeuralClassifier, NeuralRegressor])
def test_other_settings_pass_too(estimator_type):
    estimator = estimator_type(
        module=linear,
        optimizer=partial(nn.optim.SGD, momentum=0.9),
        learning_rate=0.02,
        epochs=30,
        patience=3,
        random_state=1,
    )
    assert len(passed_checks(estimator)) > 40


def test_settings_are_stored_as_they_are_given():
    units = [4, 3]
    callbacks = [nn.Callback()]
    classifier = NeuralClassifier(units=units, callbacks=callbacks, learning_rate=-1)
    assert classifier.units is units
    assert classifier.callbacks is callbacks
    assert classifier.get_params()["learning_rate"] == -1
