"""Tests of what fit shows: a bar in a terminal, about ten lines elsewhere, nothing if unwanted."""

import sys

import numpy as np
import pytest

import nn
from nn import progress


def train(epochs, **options):
    model = nn.Linear(1, 1, seed=0)
    x = np.linspace(0, 1, 6)[:, None]
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    nn.fit(
        model,
        x,
        x,
        loss=nn.MSELoss(),
        optimizer=optimizer,
        epochs=epochs,
        batch_size=2,
        seed=0,
        **options,
    )


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
    with pytest.raises(ValueError, match="every record needs one target"):
        train(3, validation=(np.ones((2, 1)), np.ones((3, 1))))
    assert capsys.readouterr().err.endswith("\n")
