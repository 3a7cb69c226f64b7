"""Tests of what is measured over an epoch."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor
from nn.training.measurement import Measurement, named

RNG = np.random.default_rng(0)
OUTPUT, TARGET = RNG.normal(size=(40, 3)), RNG.integers(0, 3, 40)


def macro_f1(output, target):
    return nn.f1_score(output, target, average="macro")


@given(cuts=st.lists(st.integers(1, 39), unique=True).map(sorted))
def test_metrics_do_not_depend_on_how_the_records_are_cut(cuts):
    metrics = {"f1": macro_f1, "matrix[0, 1]": lambda o, t: nn.confusion_matrix(o, t)[0, 1]}
    measurement = Measurement(metrics)
    for output, target in zip(np.split(OUTPUT, cuts), np.split(TARGET, cuts), strict=True):
        measurement.add(Tensor(output), target, float(np.mean(target)))
    result = measurement.result()
    assert result.pop("loss") == pytest.approx(TARGET.mean(), rel=1e-12)
    assert result == {name: metric(OUTPUT, TARGET) for name, metric in metrics.items()}


def test_outputs_are_copied_and_only_kept_for_metrics():
    plain, measured = Measurement({}), Measurement({"accuracy": nn.accuracy})
    output = OUTPUT.copy()
    for measurement in (plain, measured):
        measurement.add(output, TARGET, 1.0)
    output[:] = 0
    assert plain.state_dict()["outputs"] == []
    assert measured.result()["accuracy"] == nn.accuracy(OUTPUT, TARGET)


def test_a_saved_measurement_goes_on():
    whole, first, second = (Measurement({"f1": macro_f1}) for _ in range(3))
    for measurement in (whole, first):
        measurement.add(OUTPUT[:10], TARGET[:10], 0.1)
    saved = first.state_dict()
    first.add(OUTPUT[:10], TARGET[:10], 9.9)
    second.load_state_dict(saved)
    for measurement in (whole, second):
        measurement.add(OUTPUT[10:], TARGET[10:], 0.7)
    assert second.result() == whole.result()


def test_names():
    assert list(named([nn.accuracy, macro_f1])) == ["accuracy", "macro_f1"]
    assert list(named({"top 2": partial(nn.top_k_accuracy, k=2)})) == ["top 2"]


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        ([partial(nn.top_k_accuracy, k=2)], "has no name .* metrics={'top 3': metric}"),
        ([lambda output, target: 0.0], "has no name"),
        (["accuracy"], "the metric 'accuracy' has no name"),
        ([nn.accuracy, nn.accuracy], "there are two metrics called accuracy"),
        ({"loss": nn.accuracy}, "a metric cannot be called loss"),
        ({"val_accuracy": nn.accuracy}, "a metric cannot be called val_accuracy"),
    ],
)
def test_names_that_are_refused(metrics, sentence):
    with pytest.raises(ValueError, match=sentence):
        named(metrics)


def test_metrics_that_give_no_number_are_refused():
    measurement = Measurement({"confusion": nn.confusion_matrix})
    measurement.add(OUTPUT, TARGET, 1.0)
    with pytest.raises(TypeError, match=r"confusion gave an array of shape \(3, 3\)"):
        measurement.result()


def test_outputs_that_are_no_rows_for_the_targets_are_refused():
    for output, given_ in [
        ((OUTPUT, OUTPUT), "a tuple"),
        (OUTPUT[:5], r"shape \(5, 3\)"),
        (np.float64(1), r"shape \(\)"),
    ]:
        with pytest.raises(ValueError, match=f"for 40 targets the model gave {given_}"):
            Measurement({"accuracy": nn.accuracy}).add(output, TARGET, 1.0)
    Measurement({}).add((OUTPUT, OUTPUT), TARGET, 1.0)


def test_batches_of_different_shapes_are_refused():
    measurement = Measurement({"accuracy": nn.accuracy})
    measurement.add(OUTPUT, TARGET, 1.0)
    measurement.add(OUTPUT[:, :2], TARGET, 1.0)
    with pytest.raises(ValueError, match=r"the shapes \(2,\) and \(3,\); pad them"):
        measurement.result()
