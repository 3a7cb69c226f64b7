"""The command line."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from viz.cli import main
from viz.demo import command

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["step", "--help"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "glassgrad" in text
    assert max(map(len, text.splitlines())) <= 100


def test_help_of_the_demo_says_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    text = capsys.readouterr().out
    for words in ("index.html", "glassgrad-demo", "--epochs", "--seed", "glassgrad[data]"):
        assert words in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("glassgrad")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: command"),
        (["dmeo"], "invalid choice: 'dmeo'"),
        (["demo", "--epochs", "0"], "must be at least 1, but 0 was given"),
        (["demo", "--epochs", "many"], "must be a whole number from 0 on, not 'many'"),
        (["demo", "--seed", "-1"], "not '-1'"),
        (["demo", "--sed"], "unrecognized arguments: --sed"),
        (["step"], "required: SCRIPT[:NAME]"),
    ],
)
def test_usage_errors(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_options_reach_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(command, "run", lambda folder, **options: given.update(options) or 7)
    assert main(["demo", "--epochs", "3", "--seed", "5", "--quiet"]) == 7
    assert given == {"epochs": 3, "seed": 5, "progress": False}


def test_reader_that_went_away(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "viz", "demo", "--epochs", "1", "--out", str(tmp_path)]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == 141


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(folder: Path, **options: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", interrupted)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err.strip() == "stopped"


def test_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "square.py"
    script.write_text(
        "import sys\nfrom autograd import Value\nx = Value(float(sys.argv[1]))\ny = x * x\n"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("c\np x\n"))
    assert main(["step", f"{script}:y", "-3"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Backpropagation from y = 9: 2 edges to go, back to 1 variable.")
    assert "∂y/∂x: −6" in said


def test_step_without_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step", "nowhere.py:loss"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "glassgrad step: there is no script 'nowhere.py'.\n"
    assert captured.out == ""


@pytest.mark.parametrize("question", ["--version", "--help"])
def test_what_is_asked_about_the_program_loads_nothing(question: str) -> None:
    script = (
        "import atexit, runpy, sys\n"
        "atexit.register(lambda: print({'numpy', 'autograd', 'nn'} & set(sys.modules)))\n"
        f"sys.argv[1:] = [{question!r}]\n"
        "runpy.run_module('viz', run_name='__main__')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert ran.stdout.splitlines()[-1] == "set()"


def test_help_of_check_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    text = capsys.readouterr().out
    for words in ("--shape", "--vjp", "--domain", "error bars", "Exit code: 0"):
        assert words in text


def test_check_judges_a_function(capsys):
    assert main(["check", "numpy:sin", "--shape", "3"]) == 0
    assert "right" in capsys.readouterr().out
    assert main(["check", "numpy:sin", "--shape", "3", "--gradient", "numpy:cos"]) == 2
    assert "returns a scalar" in capsys.readouterr().err
