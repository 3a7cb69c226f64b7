"""Running a script for one of its nodes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from viz.stepping.script import ScriptError, load

SCRIPT = """
import sys
from autograd import Value
import helper

x = Value(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
square = x * x
loss = square + helper.OFFSET
number = loss.data
constant = loss.detach()
trace = loss.trace()
vector = helper.VECTOR * 2.0
main = __name__
_hidden = x
"""
HELPER = "from autograd import Tensor\nOFFSET = 1.0\nVECTOR = Tensor([1.0, 2.0])\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "helper.py").write_text(HELPER)
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def test_the_loss_and_the_names(script: Path) -> None:
    trace, names = load(str(script))
    assert trace.root is names["loss"]
    assert trace.root.data == 10.0
    assert next(iter(names)) == "loss"
    assert names["main"] == "__main__"
    assert trace.root.source == f"{script}:8"


def test_another_variable_arguments_and_a_trace(script: Path) -> None:
    arguments, path = sys.argv[:], sys.path[:]
    assert load(f"{script}:square", ["5"])[0].root.data == 25.0
    assert load(f"{script}:trace")[0].root.data == 10.0
    assert (sys.argv, sys.path) == (arguments, path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("number", "'number' in train.py is float, not a Value or a Tensor: keep the node itself"),
        ("constant", "'constant' in train.py: Value needs no gradient"),
        ("vector", "'vector' in train.py: this Tensor made by 'multiply'"),
        ("los", "train.py has no variable 'los' when it ends; it has the nodes x, square, loss"),
    ],
)
def test_variables_that_cannot_be_stepped_through(script: Path, name: str, message: str) -> None:
    with pytest.raises(ScriptError) as error:
        load(f"{script}:{name}")
    assert str(error.value).startswith(message)


def test_no_such_script(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"there is no script '.*nothing\.py'\."):
        load(f"{tmp_path / 'nothing.py'}:loss")


def run(tmp_path: Path, text: str) -> str:
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(ScriptError) as error:
        load(str(path))
    return str(error.value)


def test_a_script_without_nodes(tmp_path: Path) -> None:
    assert run(tmp_path, "x = 1") == (
        "broken.py has no variable 'loss' when it ends; it makes no node."
    )


def test_a_script_that_fails_shows_its_own_traceback_alone(tmp_path: Path) -> None:
    said = run(tmp_path, "def f():\n    raise ValueError('no luck')\n\nf()\n")
    assert said.startswith("the script failed.\nTraceback (most recent call last):\n")
    assert said.endswith("ValueError: no luck")
    assert said.count("  File ") == 2
    assert "runpy" not in said
    assert "SyntaxError" in run(tmp_path, "x = (1")


def test_a_script_that_exits(tmp_path: Path) -> None:
    assert run(tmp_path, "raise SystemExit(3)").startswith("broken.py left with sys.exit(3)")


def test_a_graph_that_is_stale(tmp_path: Path) -> None:
    said = run(tmp_path, "from autograd import Value\nw = Value(1.0)\nloss = w * w\nw.data = 2.0\n")
    assert said.startswith("'loss' in broken.py: the data of Value was changed")
    assert said.endswith("run the forward pass again.")
