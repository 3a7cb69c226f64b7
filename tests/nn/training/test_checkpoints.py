"""Tests of checkpoints: what goes on from one is what was never interrupted, bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from nn.optim import lr_scheduler
from nn.training import archive

PROGRAM = Path(__file__).with_name("killed.py")
ROOT = Path(__file__).parents[3]

X = np.random.default_rng(0).normal(size=(22, 3))
Y = (X.sum(axis=1) > 0).astype(int)

OPTIMISERS = sorted(set(nn.optim.__all__) - {"Optimizer"})
OPTIMISERS = [name for name in OPTIMISERS if name[0].isupper()]


# --- killed processes -----------------------------------------------------------------------------


def run(folder, unit, every, kill_in=0):
    return subprocess.run(
        [sys.executable, PROGRAM, folder, unit, str(every), str(kill_in)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    result = run(tmp_path_factory.mktemp("whole"), "epoch", 6)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("unit", "every", "kills"),
    [
        ("epoch", 1, (13, 9)),  # of 5 steps each: in the third epoch, then in the fourth
        ("epoch", 2, (20,)),
        ("batch", 1, (3, 7)),  # in the midst of the first epoch, where there is no history yet
        ("batch", 4, (19,)),
    ],
)
def test_a_killed_process_run_again_gives_the_same_curve(
    uninterrupted, tmp_path, unit, every, kills
):
    for kill_in in kills:
        killed = run(tmp_path, unit, every, kill_in)
        assert killed.returncode == -9
        assert killed.stdout == ""
    assert run(tmp_path, unit, every).stdout == uninterrupted
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    # A program that was done is done at once.
    assert run(tmp_path, unit, every, kill_in=1).stdout == uninterrupted


# --- in this process ------------------------------------------------------------------------------


class StopAfter(nn.Callback):
    """Asks for a stop after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def before_training(self, run):
        self.run = run

    def after_step(self, model):
        if self.run.step == self.steps:
            self.run.stop("enough")


def train(*callbacks, optimizer="Adam", epochs=3, model=None, x=X, y=Y, **options):
    model = model or nn.Sequential(
        nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4), nn.Dropout(0.5, seed=1), nn.Linear(4, 2, seed=2)
    )
    optimizer = getattr(nn.optim, optimizer)(model.parameters(), lr=0.05)
    options = {"loss": nn.CrossEntropyLoss(), "batch_size": 8, "seed": 3} | options
    callbacks = [make(optimizer) if callable(make) else make for make in callbacks]
    history = nn.fit(
        model, x, y, optimizer=optimizer, epochs=epochs, progress=False, callbacks=callbacks,
        **options,
    )  # fmt: skip
    return history, model.state_dict(), optimizer.state_dict(), callbacks


def assert_same(first, second):
    """Equal, bit for bit, nested as they may be."""
    assert type(first) is type(second)
    if isinstance(first, dict):
        assert list(first) == list(second)
        first, second = list(first.values()), list(second.values())
    if isinstance(first, list | tuple):
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_every_optimiser_goes_on(optimizer, tmp_path):
    whole = train(optimizer=optimizer)
    train(nn.Checkpoint(tmp_path), StopAfter(4), optimizer=optimizer)
    resumed = train(nn.Checkpoint(tmp_path, resume=True), optimizer=optimizer)
    assert_same(resumed[:3], whole[:3])


@settings(max_examples=20)
@given(stops=st.lists(st.integers(1, 11), unique=True, max_size=3).map(sorted))
def test_it_does_not_matter_when_it_was_stopped(stops, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stops")
    options = {
        "epochs": 4,
        "validation": (X[:5], Y[:5]),
        "metrics": [nn.f1_score],
        "augment": lambda x, rng: x + rng.normal(0, 0.1, x.shape),
    }

    def callbacks():
        return (
            nn.EarlyStopping(patience=2),
            lambda optimizer: nn.Schedule(lr_scheduler.MultiStepLR(optimizer, [2, 5]), "batch"),
        )

    whole = train(*callbacks(), **options)
    for step in stops:
        train(
            nn.Checkpoint(folder, resume=True, every=100), StopAfter(step), *callbacks(), **options
        )
    resumed = train(nn.Checkpoint(folder, resume=True), *callbacks(), **options)
    assert_same(resumed[:3], whole[:3])
    assert resumed[0].stopped == whole[0].stopped
    assert resumed[3][1].best_epoch == whole[3][0].best_epoch


def test_more_epochs_can_be_added(tmp_path):
    whole = train(epochs=4)
    train(nn.Checkpoint(tmp_path), epochs=2)
    assert_same(train(nn.Checkpoint(tmp_path, resume=True), epochs=4)[:3], whole[:3])


def test_generators_that_are_shared_stay_shared(tmp_path):
    def options():
        rng = np.random.default_rng(0)
        layers = nn.Dropout(0.5, seed=rng), nn.Linear(3, 2, seed=rng), nn.Dropout(0.1, seed=rng)
        return {"model": nn.Sequential(*layers), "seed": rng}

    whole = train(**options())
    train(nn.Checkpoint(tmp_path), StopAfter(5), **options())
    assert_same(train(nn.Checkpoint(tmp_path, resume=True), **options())[:3], whole[:3])


def test_other_bit_generators_and_functions_of_batches_go_on(tmp_path):
    def options():
        seed = np.random.Generator(np.random.MT19937(5))
        batches = lambda rng: nn.data.batches(X, Y, 5, shuffle=True, seed=rng)  # noqa: E731
        return {"x": batches, "y": None, "seed": seed}

    whole = train(**options())
    train(nn.Checkpoint(tmp_path), StopAfter(7), **options())
    assert_same(train(nn.Checkpoint(tmp_path, resume=True), **options())[:3], whole[:3])


def test_a_loss_that_learns_is_saved_too(tmp_path):
    class Weighted(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones(1), np.float64)
            self.dropout = nn.Dropout(0.2, seed=0)

        def forward(self, output, target):
            return nn.functional.cross_entropy(self.dropout(output) * self.weight, target)

    def trained(*callbacks):
        model, loss = nn.Linear(3, 2, seed=0, dtype=np.float64), Weighted()
        optimizer = nn.optim.Adam([*model.parameters(), *loss.parameters()], lr=0.1)
        history = nn.fit(
            model, X, Y, loss=loss, optimizer=optimizer, epochs=2, batch_size=8, seed=0,
            progress=False, callbacks=callbacks,
        )  # fmt: skip
        return dict(history), model.state_dict(), loss.state_dict()

    whole = trained()
    trained(nn.Checkpoint(tmp_path), StopAfter(2))
    assert_same(trained(nn.Checkpoint(tmp_path, resume=True)), whole)


@pytest.mark.parametrize(("step", "place"), [(4, (1, 1, 4)), (6, (2, 0, 6))])
def test_a_stop_is_saved_where_it_was(tmp_path, step, place):
    class Stop(StopAfter):
        def after_step(self, model):
            if step == 4:
                super().after_step(model)

        def after_epoch(self, run, figures):
            super().after_step(run.model)

    train(nn.Checkpoint(tmp_path, every=100), Stop(step))
    saved = archive.read(tmp_path / "checkpoint.npz")
    assert (saved["epoch"], saved["batch"], saved["step"]) == place


def test_what_was_stopped_early_is_done_when_it_is_resumed(tmp_path):
    def stopped_early(*callbacks, **options):
        stopping = nn.EarlyStopping(patience=1, min_delta=1e9)
        return train(stopping, *callbacks, validation=(X[:5], Y[:5]), **options)

    first = stopped_early(nn.Checkpoint(tmp_path))
    again = stopped_early(nn.Checkpoint(tmp_path, resume=True), StopAfter(7))
    assert len(first[0]["loss"]) == 2
    assert_same(again[:3], first[:3])
    assert again[0].stopped == first[0].stopped != ""
    assert again[3][2].run.step == 6


def test_the_order_of_the_callbacks_does_not_matter(tmp_path):
    history = train(nn.Checkpoint(tmp_path), nn.EarlyStopping("loss", patience=3), epochs=2)[0]
    assert not history.stopped
    saved = archive.read(tmp_path / "checkpoint.npz")
    ((name, state),) = saved["callbacks"]
    assert (name, state["best_epoch"]) == ("EarlyStopping", int(np.argmin(history["loss"])) + 1)


# --- what is refused ------------------------------------------------------------------------------


def test_a_checkpoint_is_never_overwritten_unasked(tmp_path):
    train(nn.Checkpoint(tmp_path))
    before = (tmp_path / "checkpoint.npz").read_bytes()
    with pytest.raises(FileExistsError, match=r"resume=True\), or choose another folder"):
        train(nn.Checkpoint(tmp_path))
    assert (tmp_path / "checkpoint.npz").read_bytes() == before


@pytest.mark.parametrize("kept", [0, 100, 0.5, -1])
def test_a_file_that_was_cut_short(tmp_path, kept):
    train(nn.Checkpoint(tmp_path))
    path = tmp_path / "checkpoint.npz"
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else kept])
    untouched(tmp_path, match=r"checkpoint\.npz is damaged or was not written by nn\.Checkpoint")


def test_a_file_in_which_bits_fell_over(tmp_path):
    train(nn.Checkpoint(tmp_path))
    path = tmp_path / "checkpoint.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    untouched(tmp_path, match="is damaged")


@pytest.mark.parametrize("foreign", [b"text", b"\x80\x04N.", b"PK\x05\x06" + bytes(18)])
def test_a_file_of_something_else(tmp_path, foreign):
    (tmp_path / "checkpoint.npz").write_bytes(foreign)
    untouched(tmp_path, match="was not written by")


def test_arrays_and_states_of_something_else(tmp_path):
    path = tmp_path / "checkpoint.npz"
    np.savez(path, weight=X)
    untouched(tmp_path, match="is damaged or was not written by")
    archive.write(path, {"format": "another", "epoch": 3})
    untouched(tmp_path, match="was not written by this version")


class Picky(nn.Callback):
    """Has a state, and refuses to load it."""

    def state_dict(self):
        return {"some": 1}

    def load_state_dict(self, state):
        raise ValueError("not this one")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": X[1:], "y": Y[1:]}, r"records and batches are \{'records': 22, .*\{'records': 21,"),
        ({"batch_size": 4}, r"'batch_size': 8\}, and here they are .*'batch_size': 4\}"),
        ({"metrics": [nn.accuracy]}, r"figures are \['loss'\], and here they are \['loss', 'acc"),
        ({"model": nn.Linear(3, 2, seed=0)}, "its random generators are"),
        ({"optimizer": "SGD"}, "this state is not of SGD"),
        ({"seed": np.random.Generator(np.random.MT19937(5))}, "state must be for a MT19937"),
        (
            {"model": nn.Sequential(nn.Linear(3, 2, seed=0), nn.Identity(), nn.Dropout(seed=1))},
            "does not fit Sequential",
        ),
    ],
)
def test_a_checkpoint_of_another_training(tmp_path, changes, sentence):
    train(nn.Checkpoint(tmp_path))
    untouched(
        tmp_path, match=f"is of another training, and nothing was loaded: .*{sentence}", **changes
    )


def test_callbacks_must_be_the_same_and_take_their_state(tmp_path):
    train(nn.Checkpoint(tmp_path), Picky())
    untouched(tmp_path, match=r"its callbacks are \['Picky'\], and here they are \[\]")
    untouched(tmp_path, Picky(), match="nothing was loaded: not this one")


def untouched(folder, *callbacks, match, **changes):
    """A training that is refused, and changes neither its model nor its optimiser nor its order."""
    seen = {}

    class Look(nn.Callback):
        def before_training(self, run):
            seen.update(run=run, model=run.model.state_dict(), optimizer=run.optimizer.state_dict())
            seen["order"] = run.rng.bit_generator.state
            seen["dropout"] = drops(run)

    def drops(run):
        dropouts = (m for m in run.model.modules() if isinstance(m, nn.Dropout))
        return [dropout.generator.bit_generator.state for dropout in dropouts]

    with pytest.raises(ValueError, match=match):
        train(nn.Checkpoint(folder, resume=True), Look(), *callbacks, **changes)
    run = seen["run"]
    assert_same(run.model.state_dict(), seen["model"])
    assert_same(run.optimizer.state_dict(), seen["optimizer"])
    assert_same(run.rng.bit_generator.state, seen["order"])
    assert_same(drops(run), seen["dropout"])
    assert (run.epoch, run.step, dict(run.history)) == (0, 0, {})
    assert all(module.training for module in run.model.modules())


def test_parameters_that_would_not_be_saved(tmp_path):
    model, head = nn.Linear(3, 2), nn.Linear(2, 2)
    optimizer = nn.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)

    def loss(output, target):
        return nn.functional.cross_entropy(head(output), target)

    with pytest.raises(ValueError, match="the optimiser also changes 2 parameters of something"):
        nn.fit(
            model, X, Y, loss=loss, optimizer=optimizer, epochs=1, progress=False,
            callbacks=[nn.Checkpoint(tmp_path)],
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_settings(tmp_path):
    with pytest.raises(ValueError, match="every of Checkpoint must be at least 1, but 0"):
        nn.Checkpoint(tmp_path, 0)
    with pytest.raises(ValueError, match="unit of Checkpoint must be 'epoch' or 'batch'"):
        nn.Checkpoint(tmp_path, unit="step")
