"""Tests of the settings that both estimators share."""

import re
import sys
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

import nn
from nn.estimators import NeuralClassifier, NeuralRegressor
from nn.estimators.choices import ACTIVATIONS, INITIALIZERS, OPTIMIZERS

X, Y = nn.data.make_moons(60, noise=0.1, seed=0)


def classifier(**settings):
    return NeuralClassifier(**{"units": 8, "epochs": 2, "random_state": 0, **settings})


def layers_of(**settings):
    return [repr(child) for child in classifier(**settings).fit(X, Y).model_.children()]


def sizes(**settings):
    model = classifier(**settings).fit(X, Y).model_
    return [child.out_features for child in model.children() if isinstance(child, nn.Linear)]


def test_hidden_layers_and_units_make_the_network():
    assert sizes() == [8, 1]
    assert sizes(hidden_layers=0) == [1]
    assert sizes(hidden_layers=3, units=np.int64(4)) == [4, 4, 4, 1]
    assert sizes(units=(5, 4)) == [5, 4, 1]
    assert sizes(units=[5, 4], hidden_layers=2) == [5, 4, 1]


def test_dropout_follows_each_hidden_activation():
    model = classifier(hidden_layers=2, dropout=0.25, activation=nn.Tanh).fit(X, Y).model_
    kinds = [(name, type(child)) for name, child in model.named_children()]
    assert kinds == [
        ("fc1", nn.Linear),
        ("act1", nn.Tanh),
        ("drop1", nn.Dropout),
        ("fc2", nn.Linear),
        ("act2", nn.Tanh),
        ("drop2", nn.Dropout),
        ("fc3", nn.Linear),
    ]
    assert model.drop2.p == 0.25


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_has_the_name_of_its_function(name):
    model = classifier(activation=name, epochs=1).fit(X, Y).model_
    arguments = (model.act1.weight,) if name == "prelu" else ()
    x = np.linspace(-2, 2, 9, dtype=np.float32)
    expected = getattr(nn.functional, name)(x, *arguments)
    assert_array_equal(nn.predict(model.act1, x), getattr(expected, "data", expected))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initializer_has_the_name_of_its_function(name):
    untrained = {"optimizer": partial(nn.optim.SGD, lr=1e-30), "epochs": 1}
    named = classifier(initializer=name, **untrained).fit(X, Y).model_
    given = classifier(initializer=getattr(nn.init, f"{name}_"), **untrained).fit(X, Y).model_
    assert_array_equal(named.fc1.weight.data, given.fc1.weight.data)
    assert np.abs(named.fc1.bias.data).max() < 1e-20
    assert np.ptp(named.fc1.weight.data) > 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_the_name_of_its_class(name):
    assert OPTIMIZERS[name].__name__.lower() == name
    named, given = (
        classifier(optimizer=optimizer, learning_rate=0.01).fit(X, Y).model_.fc1.weight.data
        for optimizer in (name, OPTIMIZERS[name])
    )
    assert_array_equal(named, given)


class Noted(nn.Callback):
    def before_training(self, run):
        Noted.settings = run.optimizer.param_groups[0]


def test_the_optimizer_is_given_what_is_set_and_keeps_its_own_defaults():
    classifier(optimizer="adamw", callbacks=[Noted()]).fit(X, Y)
    assert (Noted.settings["lr"], Noted.settings["weight_decay"]) == (1e-3, 1e-2)
    classifier(optimizer="adamw", learning_rate=0.5, weight_decay=0.0, callbacks=[Noted()]).fit(
        X, Y
    )
    assert (Noted.settings["lr"], Noted.settings["weight_decay"]) == (0.5, 0.0)
    momentum = partial(nn.optim.SGD, momentum=0.9)
    classifier(optimizer=momentum, callbacks=[Noted()]).fit(X, Y)
    assert Noted.settings["momentum"] == 0.9


def wide(n_features, n_outputs, seed):
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(n_features, 50, seed=rng), nn.ReLU(), nn.Linear(50, n_outputs, seed=rng)
    )


def test_a_module_takes_the_place_of_the_network():
    fitted = classifier(module=wide).fit(X, Y)
    assert [len(parameter.data) for parameter in fitted.model_.parameters()] == [50, 50, 1, 1]
    assert_array_equal(fitted.predict_proba(X), clone(fitted).fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("estimator_type", [NeuralClassifier, NeuralRegressor])
def test_the_same_random_state_gives_the_same_predictions(estimator_type):
    estimator = estimator_type(
        epochs=3, dropout=0.2, validation_fraction=0.2, random_state=7, initializer="orthogonal"
    )
    first = estimator.fit(X, Y).model_(X).data
    assert_array_equal(estimator.fit(X, Y).model_(X).data, first)
    assert_array_equal(clone(estimator).fit(X, Y).model_(X).data, first)
    assert np.any(estimator.set_params(random_state=8).fit(X, Y).model_(X).data != first)


def test_held_out_records_have_their_share_of_every_class():
    class HeldOut(nn.Callback):
        def before_training(self, run):
            HeldOut.records = run.data["records"]

    fitted = classifier(validation_fraction=0.2, callbacks=[HeldOut()]).fit(X, Y)
    assert HeldOut.records == 48
    # 6 of either class: shares of twelfths, whichever they are.
    assert (fitted.history_["val_accuracy"][-1] * 12) % 1 == pytest.approx(0, abs=1e-9)


def test_patience_stops_and_takes_the_best_weights():
    fitted = classifier(
        epochs=400, learning_rate=0.1, patience=2, validation_fraction=0.3, random_state=1
    ).fit(X, np.random.default_rng(0).integers(2, size=60))
    losses = fitted.history_["val_loss"]
    assert len(losses) < 400
    assert min(losses) == losses[-3]
    assert fitted.history_.stopped.startswith("val_loss was")


def test_without_held_out_records_patience_watches_what_is_learned_from():
    fitted = classifier(epochs=400, learning_rate=2.0, patience=1).fit(X, Y)
    assert fitted.history_.stopped.startswith("loss was")


def test_verbose_shows_progress(capsys):
    classifier().fit(X, Y)
    assert capsys.readouterr().err == ""
    classifier(verbose=True).fit(X, Y)
    assert "loss" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"learning_rate": -0.1}, "learning_rate == -0.1, must be > 0."),
        ({"learning_rate": 0}, "learning_rate == 0, must be > 0."),
        ({"weight_decay": -1}, "weight_decay == -1, must be >= 0."),
        ({"batch_size": 0}, "batch_size == 0, must be >= 1."),
        ({"epochs": 0}, "epochs == 0, must be >= 1."),
        ({"hidden_layers": -1}, "hidden_layers == -1, must be >= 0."),
        ({"units": 0}, "units == 0, must be >= 1."),
        ({"units": (8, 0)}, "units == 0, must be >= 1."),
        ({"dropout": 1}, "dropout == 1, must be < 1."),
        ({"patience": 0}, "patience == 0, must be >= 1."),
        ({"validation_fraction": 1.0}, "validation_fraction == 1.0, must be < 1."),
        (
            {"validation_fraction": 0.001},
            "validation_fraction=0.001 of 60 records holds out 0 and leaves 60 to learn from; "
            "both parts need records.",
        ),
        (
            {"units": (8, 4), "hidden_layers": 3},
            "units=(8, 4) lists 2 hidden layers, but hidden_layers=3 was given; leave out one of "
            "the two.",
        ),
        (
            {"activation": "ReLU"},
            f"activation must be callable or one of {', '.join(ACTIVATIONS)}, but 'ReLU' was "
            "given.",
        ),
        (
            {"initializer": 0},
            f"initializer must be callable or one of {', '.join(INITIALIZERS)}, but 0 was given.",
        ),
        (
            {"optimizer": None},
            f"optimizer must be callable or one of {', '.join(OPTIMIZERS)}, but None was given.",
        ),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        classifier(**settings).fit(X, Y)


def test_settings_of_another_type_are_named():
    with pytest.raises(TypeError, match=r"^epochs must be an instance of int, not float\.$"):
        classifier(epochs=1.5).fit(X, Y)
    with pytest.raises(TypeError, match=r"gives an nn\.Module, but it gave tuple\.$"):
        classifier(module=lambda *sizes, seed: sizes).fit(X, Y)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("nn.estimators")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    import nn.estimators as fresh

    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[data\]'"):
        _ = fresh.NeuralClassifier
