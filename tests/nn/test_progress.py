"""Tests of what fit shows: a bar in a terminal, about ten lines elsewhere, nothing if unwanted."""

import re
import sys

import numpy as np
import pytest

import nn
from nn import progress

X = np.linspace(0, 1, 6)[:, None]


def train(epochs, x=X, y=X, **options):
    model = nn.Linear(1, 1, seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    options = {"loss": nn.MSELoss(), "batch_size": 2, "seed": 0} | options
    return nn.fit(model, x, y, optimizer=optimizer, epochs=epochs, **options)


def watch(monkeypatch):
    """Let standard error pass for a terminal. In the test: fixtures still see another stream."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


@pytest.mark.parametrize(("epochs", "lines"), [(1, 1), (3, 3), (10, 10), (37, 11), (1000, 11)])
def test_plain_lines_where_nobody_watches(capsys, epochs, lines):
    train(epochs)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == lines
    last = err.splitlines()[-1]
    assert last.startswith(f"epoch {epochs}/{epochs}  loss ")
    assert last.endswith(" s)")


def test_lines_show_all_figures_and_the_time_left(capsys):
    history = train(2, validation=(X, X), metrics=[nn.r2_score])
    first, last = capsys.readouterr().err.splitlines()
    names = ("loss", "r2_score", "val_loss", "val_r2_score")
    assert re.fullmatch(r"epoch 1/2  .*  \(\d+\.\d s, \d+\.\d s left\)", first)
    shown = "  ".join(f"{name} {history[name][-1]:.4f}" for name in names)
    assert re.fullmatch(rf"epoch 2/2  {re.escape(shown)}  \(\d+\.\d s\)", last)


def test_silence(capsys):
    train(3, progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_bar_in_a_terminal(capsys, monkeypatch):
    watch(monkeypatch)
    train(4)
    out, err = capsys.readouterr()
    assert out == ""
    last = err.rstrip("\n").split("\r")[-1]
    assert last.startswith("epoch 4/4 100% |")
    assert "left, loss 0." in last


def test_the_bar_shows_the_running_loss_beside_the_figures_of_the_last_epoch(monkeypatch):
    watch(monkeypatch)
    shown = []
    postfix = progress._Bar.batch

    def note(bar, loss):
        postfix(bar, loss)
        shown.append(bar._bar.postfix)

    monkeypatch.setattr(progress._Bar, "batch", note)
    history = train(2, validation=(X, X), callbacks=[])
    assert re.fullmatch(r"loss \d\.\d{4}", shown[0])
    assert shown[2] == f"loss {history['loss'][0]:.4f}"
    val_loss = f"val_loss {history['val_loss'][0]:.4f}"
    assert all(re.fullmatch(rf"loss \d\.\d{{4}}  {val_loss}", text) for text in shown[3:])
    assert len({*shown}) == 6


def test_a_function_of_batches_has_a_bar_too(capsys, monkeypatch):
    watch(monkeypatch)
    train(3, x=lambda rng: nn.data.batches(X, X, 2, shuffle=True, seed=rng), y=None)
    assert "epoch 3/3 100% |" in capsys.readouterr().err


def test_a_training_that_is_resumed_begins_where_it_was(capsys, monkeypatch, tmp_path):
    watch(monkeypatch)
    train(2, callbacks=[nn.Checkpoint(tmp_path)], progress=False)
    train(4, callbacks=[nn.Checkpoint(tmp_path, resume=True)])
    shown = capsys.readouterr().err.split("\r")
    assert any(text.startswith("epoch 3/4  50% |") for text in shown)
    assert not any("epoch 1/4" in text for text in shown)
    assert shown[-1].startswith("epoch 4/4 100% |")


@pytest.mark.parametrize("watched", [False, True])
def test_why_training_stopped_is_said(capsys, monkeypatch, watched):
    class Stop(nn.Callback):
        def after_epoch(self, run, figures):
            run.stop("that will do")

    if watched:
        watch(monkeypatch)
    train(9, callbacks=[Stop()])
    assert "stopped: that will do\n" in capsys.readouterr().err


def test_plain_lines_where_tqdm_is_missing(capsys, monkeypatch):
    watch(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    train(2)
    assert capsys.readouterr().err.startswith("epoch 1/2  loss ")


def test_a_notebook_gets_a_bar_without_a_terminal(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    bar = progress.start(True, epochs=1, batches_per_epoch=1)
    assert isinstance(bar, progress._Bar)
    bar.close()


def test_the_bar_is_closed_when_training_fails(capsys, monkeypatch):
    watch(monkeypatch)
    with pytest.raises(nn.NonFiniteLossError):
        train(3, y=X * np.nan)
    assert capsys.readouterr().err.endswith("\n")
