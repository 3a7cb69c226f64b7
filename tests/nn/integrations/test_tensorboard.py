"""Tests of the event files for TensorBoard, read by another implementation of their format."""

import math
import struct

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tensorboardX.crc32c import crc32c
from tensorboardX.proto.event_pb2 import Event, SessionLog

import nn
from nn.integrations.event_files import histogram, scalar

X = np.random.default_rng(0).normal(size=(12, 2))
Y = X.sum(axis=1, keepdims=True)


def records_in(path):
    """The contents of a file's records, after a look at both checksums of each."""
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        content, rest = data[12 : 12 + length], data[12 + length :]
        assert data[8:12] == masked(data[:8])
        assert rest[:4] == masked(content)
        yield content
        data = rest[4:]


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def events_in(folder):
    """All events of a run, in the order in which TensorBoard reads them."""
    return [
        Event.FromString(record) for path in sorted(folder.iterdir()) for record in records_in(path)
    ]


def scalars_in(folder):
    """By tag, the number at each step."""
    found = {}
    for event in events_in(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def histograms_in(folder):
    """By tag, the histogram at each step."""
    found = {}
    for event in events_in(folder):
        for value in event.summary.value:
            if value.HasField("histo"):
                found.setdefault(value.tag, {})[event.step] = value.histo
    return found


def train(*callbacks, model=None, groups=None, **options):
    model = model or nn.Linear(2, 1, seed=0, dtype=np.float64)
    optimizer = nn.optim.SGD(groups or model.parameters(), lr=0.1)
    given = {"validation": (X[:3], Y[:3]), "epochs": 3, **options}
    return nn.fit(
        model,
        X,
        Y,
        loss=nn.MSELoss(),
        optimizer=optimizer,
        seed=0,
        progress=False,
        callbacks=callbacks,
        **given,
    )


def test_the_figures_of_every_epoch_are_written(tmp_path):
    history = train(nn.TensorBoard(tmp_path / "runs" / "first"), metrics=[nn.r2_score])
    for part, prefix in (("train", ""), ("validation", "val_")):
        scalars = scalars_in(tmp_path / "runs" / "first" / part)
        for name in ("loss", "r2_score"):
            assert list(scalars[name]) == [1, 2, 3]
            assert_allclose(list(scalars[name].values()), history[prefix + name], rtol=1e-6)
    assert set(scalars) == {"loss", "r2_score"}


def test_nothing_is_written_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    train(nn.TensorBoard(tmp_path / "there"), validation=None)
    assert [path.name for path in tmp_path.iterdir() if any(path.iterdir())] == ["there"]
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["train"]


def test_the_learning_rate_is_the_one_with_which_the_epoch_began(tmp_path):
    model = nn.Linear(2, 1, seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
    halve = nn.Schedule(nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5))
    nn.fit(
        model,
        X,
        Y,
        loss=nn.MSELoss(),
        optimizer=optimizer,
        epochs=3,
        progress=False,
        callbacks=[halve, nn.TensorBoard(tmp_path)],
    )
    assert scalars_in(tmp_path / "train")["learning_rate"] == {1: 0.5, 2: 0.25, 3: 0.125}


def test_every_parameter_group_has_its_learning_rate(tmp_path):
    model = nn.Linear(2, 1, seed=0)
    groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.25}]
    train(nn.TensorBoard(tmp_path), model=model, groups=groups, epochs=1)
    scalars = scalars_in(tmp_path / "train")
    assert scalars["learning_rate/0"] == {1: pytest.approx(0.1)}
    assert scalars["learning_rate/1"] == {1: 0.25}


def test_histograms_are_of_the_weights_and_the_gradients_of_the_last_step(tmp_path):
    class Gradients(nn.Callback):
        def before_step(self, model, loss):
            self.last = np.array(model.fc1.weight.grad)

    model, gradients = nn.MLP((2, 20, 1), seed=0, dtype=np.float64), Gradients()
    train(nn.TensorBoard(tmp_path, histograms_every=2), gradients, model=model, epochs=4)
    found = histograms_in(tmp_path / "train")
    names = [name for name, _ in model.named_parameters()]
    assert set(found) == {f"{kind}/{name}" for kind in ("weights", "gradients") for name in names}
    assert list(found["weights/fc1.weight"]) == [2, 4]
    for kind, numbers in (("weights", model.fc1.weight.data), ("gradients", gradients.last)):
        last = found[f"{kind}/fc1.weight"][4]
        counts, edges = np.histogram(numbers, bins=30)
        assert_array_equal(last.bucket, counts)
        assert_allclose(last.bucket_limit, edges[1:])
        assert (last.min, last.max, last.num) == (numbers.min(), numbers.max(), 40)
        assert last.sum == pytest.approx(numbers.sum())
        assert last.sum_squares == pytest.approx((numbers**2).sum())


def test_a_model_on_scalar_nodes_is_written_too(tmp_path):
    model = nn.Linear(2, 1, seed=0).to_values()
    train(nn.TensorBoard(tmp_path, histograms_every=1), model=model, epochs=1)
    found = histograms_in(tmp_path / "train")
    assert found["weights/weight"][1].max == max(value.data for value in model.weight.flat)
    assert found["gradients/weight"][1].num == 2


def test_frozen_parameters_have_no_gradients_to_show(tmp_path):
    model = nn.MLP((2, 3, 1), seed=0)
    model.fc1.requires_grad_(False)
    train(nn.TensorBoard(tmp_path, histograms_every=1), model=model, epochs=1)
    found = histograms_in(tmp_path / "train")
    assert "weights/fc1.weight" in found
    assert "gradients/fc1.weight" not in found
    assert "gradients/fc2.weight" in found


def test_what_was_written_stays_when_training_breaks(tmp_path):
    class Break(nn.Callback):
        def before_epoch(self, run):
            if run.epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(nn.TensorBoard(tmp_path), Break())
    assert list(scalars_in(tmp_path / "train")["loss"]) == [1, 2]


def starts_in(folder):
    return [e.step for e in events_in(folder) if e.session_log.status == SessionLog.START]


def test_a_resumed_training_goes_on_in_the_same_folder(tmp_path):
    board = nn.TensorBoard(tmp_path / "board")
    train(board, nn.Checkpoint(tmp_path), epochs=2)
    history = train(board, nn.Checkpoint(tmp_path, resume=True), epochs=4)
    losses = scalars_in(tmp_path / "board" / "train")["loss"]
    assert list(losses) == [1, 2, 3, 4]
    assert_allclose(list(losses.values()), history["loss"], rtol=1e-6)
    assert starts_in(tmp_path / "board" / "train") == [1, 3]


def test_a_new_training_makes_tensorboard_forget_the_old_one(tmp_path):
    board = nn.TensorBoard(tmp_path)
    train(board)
    train(board, epochs=1)
    assert starts_in(tmp_path / "train") == [1, 1]


def test_a_file_begins_with_its_version(tmp_path):
    train(nn.TensorBoard(tmp_path), epochs=1)
    for part in ("train", "validation"):
        (path,) = (tmp_path / part).iterdir()
        assert "tfevents" in path.name
        assert events_in(tmp_path / part)[0].file_version == "brain.Event:2"


def value_of(encoded):
    """What one value says, by way of an event around it."""
    event = Event()
    event.summary.value.add().MergeFromString(encoded)
    return event.summary.value[0]


@pytest.mark.parametrize("number", [0.0, -1.5, math.inf, math.nan])
def test_every_number_can_be_written(number):
    assert_array_equal(value_of(scalar("größe", number)).simple_value, number)
    assert value_of(scalar("größe", number)).tag == "größe"


def test_numbers_beyond_single_precision_are_infinite():
    assert value_of(scalar("loss", 1e300)).simple_value == math.inf


def test_a_histogram_leaves_out_what_is_not_finite():
    found = value_of(histogram("h", np.array([[1.0, math.nan], [3.0, math.inf]]))).histo
    assert (found.num, found.min, found.max, found.sum) == (2, 1, 3, 4)


@pytest.mark.parametrize("low", [0.0, 1.0, -1e20, 1e-30])
def test_a_histogram_of_numbers_that_are_almost_equal(low):
    found = value_of(histogram("h", np.array([low, np.nextafter(low, math.inf), low]))).histo
    assert sum(found.bucket) == 3
    assert found.min < low < found.max
    assert np.all(np.diff(found.bucket_limit) > 0)


def test_histograms_come_after_whole_epochs():
    with pytest.raises(ValueError, match=r"^histograms_every of TensorBoard must be at least 1"):
        nn.TensorBoard("runs", histograms_every=0)
