"""Tests of pruning by Optuna."""

import sys

import numpy as np
import optuna
import pytest
from numpy.testing import assert_allclose

import nn

X, Y = nn.data.make_moons(40, noise=0.1, seed=0)
EPOCHS = 6


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.disable_default_handler()
    yield
    optuna.logging.enable_default_handler()


def learn(trial, learning_rate, monitor="val_loss", validation=(X[:10], Y[:10])):
    model = nn.MLP((2, 8, 2), nn.Tanh, seed=0)
    return nn.fit(
        model,
        X[10:],
        Y[10:],
        loss=nn.CrossEntropyLoss(),
        optimizer=nn.optim.Adam(model.parameters(), lr=learning_rate),
        epochs=EPOCHS,
        metrics=[nn.accuracy],
        validation=validation,
        seed=0,
        progress=False,
        callbacks=[nn.OptunaPruning(trial, monitor)],
    )


def study_of(rates, pruner, direction="minimize", monitor="val_loss"):
    """A study with one trial for each learning rate, and the histories of those that ended."""
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler, pruner=pruner, direction=direction)
    for rate in rates:
        study.enqueue_trial({"rate": rate})
    histories = {}

    def objective(trial):
        rate = trial.suggest_float("rate", 0, 1)
        histories[rate] = learn(trial, rate, monitor)
        return histories[rate][monitor][-1]

    study.optimize(objective, n_trials=len(rates))
    return study, histories


def test_trials_that_lag_behind_are_pruned():
    rates = [0.1, 0.05, 1e-6, 1e-7]
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=2)
    study, _ = study_of(rates, pruner)
    assert [trial.state.name for trial in study.trials] == 2 * ["COMPLETE"] + 2 * ["PRUNED"]
    # The first epochs, up to the one with number 2, warm up.
    assert [trial.last_step for trial in study.trials] == [EPOCHS, EPOCHS, 2, 2]
    assert study.best_params["rate"] in rates[:2]


def test_every_epoch_is_reported():
    study, histories = study_of([0.01], optuna.pruners.NopPruner())
    reported = study.trials[0].intermediate_values
    assert list(reported) == list(range(1, EPOCHS + 1))
    assert_allclose(list(reported.values()), histories[0.01]["val_loss"])


def test_the_study_knows_which_way_is_better():
    rates = [0.1, 0.05, 1e-7]
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=3)
    study, _ = study_of(rates, pruner, "maximize", "val_accuracy")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "PRUNED"]


def test_an_estimator_can_be_pruned():
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.0))

    def objective(trial):
        pruning = nn.OptunaPruning(trial)
        nn.estimators.NeuralClassifier(
            validation_fraction=0.3, epochs=3, random_state=0, callbacks=[pruning]
        ).fit(X, Y)

    study.optimize(objective, n_trials=1)
    assert study.trials[0].state is optuna.trial.TrialState.PRUNED
    assert study.trials[0].last_step == 1


def test_the_reason_is_told():
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.0))
    with pytest.raises(optuna.TrialPruned, match=r"^pruned after epoch 1, with val_loss at 0\.\d+"):
        learn(study.ask(), 0.01)


def test_a_figure_that_is_not_measured_is_refused():
    with pytest.raises(ValueError, match=r"OptunaPruning watches 'val_loss', but .* validation="):
        learn(optuna.create_study().ask(), 0.01, validation=None)


def test_without_optuna_the_extra_is_named(monkeypatch):
    trial = optuna.create_study().ask()
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[search\]'"):
        nn.OptunaPruning(trial)


def test_a_figure_that_is_nan_fails_the_trial_and_not_the_study():
    study = optuna.create_study()

    def objective(trial):
        return learn(trial, 0.01, validation=(np.full((4, 2), np.nan), Y[:4]))["val_loss"][-1]

    study.optimize(objective, n_trials=1)
    assert study.trials[0].state is optuna.trial.TrialState.FAIL
