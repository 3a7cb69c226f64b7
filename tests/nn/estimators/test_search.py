"""Tests of the estimators in scikit-learn's hands: pipelines and searches, on one machine or many.

The same search gives the same scores, bit for bit, wherever it runs.
"""

import threading
from functools import partial
from typing import ClassVar

import numpy as np
import pytest
from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from numpy.testing import assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nn
from nn.estimators import NeuralClassifier, NeuralRegressor

X, Y = nn.data.make_moons(60, noise=0.1, seed=0)
CLASSIFIER = NeuralClassifier(units=8, epochs=3, learning_rate=0.05, random_state=0)
SETTINGS = {
    "hidden_layers": [0, 1, 2],
    "units": [4, 16],
    "activation": ["relu", nn.Tanh],
    "initializer": [None, "xavier_uniform", nn.init.kaiming_normal_],
    "optimizer": ["adam", "rmsprop", partial(nn.optim.SGD, momentum=0.9)],
    "learning_rate": [1e-3, 1e-2, 1e-1],
}


def random_search(**settings):
    return RandomizedSearchCV(
        CLASSIFIER, SETTINGS, n_iter=6, cv=2, random_state=0, error_score="raise", **settings
    )


@pytest.fixture(scope="module")
def scores():
    """Of the random search in this process."""
    return random_search().fit(X, Y).cv_results_["mean_test_score"]


def test_a_random_search_goes_over_every_setting(scores):
    assert len(np.unique(scores)) > 2


def test_a_grid_search_finds_that_circles_need_a_hidden_layer():
    records, circle = nn.data.make_circles(80, seed=0)
    search = GridSearchCV(CLASSIFIER, {"hidden_layers": [0, 1], "epochs": [1, 60]}, cv=2)
    search.fit(records, circle)
    assert search.best_params_ == {"hidden_layers": 1, "epochs": 60}
    assert search.best_score_ > 0.9


def test_a_setting_that_diverges_costs_no_more_than_its_score():
    network = NeuralRegressor(hidden_layers=0, optimizer="sgd", epochs=100, random_state=0)
    search = GridSearchCV(network, {"learning_rate": [1e9, 1e-2]}, cv=2)
    with (
        np.errstate(over="ignore"),
        pytest.warns(FitFailedWarning, match="the loss became inf"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search.fit(X, X[:, 0])
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert search.best_params_ == {"learning_rate": 1e-2}


def test_a_search_reaches_into_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), CLASSIFIER)
    search = GridSearchCV(pipeline, {"neuralclassifier__units": [2, 4]}, cv=2).fit(1000 * X, Y)
    units = search.best_params_["neuralclassifier__units"]
    assert search.best_estimator_[-1].model_.fc1.out_features == units


def test_a_regressor_in_a_pipeline_with_scaled_targets():
    features, progression = nn.data.load_diabetes()
    network = NeuralRegressor(units=8, epochs=20, learning_rate=0.01, random_state=0)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), network), transformer=StandardScaler()
    )
    predicted = cross_val_predict(model, features, progression, cv=2)
    assert np.corrcoef(predicted, progression)[0, 1] > 0.6


def test_a_search_in_parallel_processes(scores):
    try:
        search = random_search(n_jobs=2).fit(X, Y)
    finally:
        get_reusable_executor().shutdown(wait=True)
    assert_array_equal(search.cv_results_["mean_test_score"], scores)


class Where(nn.Callback):
    """Notes in which threads networks are trained."""

    threads: ClassVar = set()

    def before_training(self, run):
        Where.threads.add(threading.current_thread().name)


def test_a_search_on_a_dask_cluster(scores, tmp_path):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            dashboard_address=None,
            local_directory=tmp_path,
        ) as cluster,
        Client(cluster),
        parallel_config(backend="dask"),
    ):
        search = random_search(refit=False).set_params(estimator__callbacks=[Where()]).fit(X, Y)
    assert Where.threads
    assert all("Dask" in name for name in Where.threads)
    assert_array_equal(search.cv_results_["mean_test_score"], scores)
