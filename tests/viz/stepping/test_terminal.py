"""The debugger at its prompt, over a pipe and in a real terminal."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Node, Tensor, Value
from viz.stepping.terminal import run

CHECKOUT = Path(__file__).resolve().parents[3]


def neuron() -> Node:
    x, w, b = Value(0.5, name="x"), Value(-1.2, name="w"), Value(0.1, name="b")
    h = np.tanh(w * x + b)
    h.name = "h"
    return h * h + 0.25 * w


def session(commands: str, loss: Node | None = None, **names: Any) -> str:
    """What the debugger says, without its greeting."""
    out = io.StringIO()
    run((loss or neuron()).trace(), io.StringIO(commands.replace("; ", "\n")), out, names)
    return out.getvalue().split("h lists the commands.\n", 1)[1]


def heads(said: str) -> list[str]:
    return re.findall(r"^\[\d+/\d+\] .*", said, flags=re.MULTILINE)


# --- commands ---------------------------------------------------------------------------------


def test_greeting() -> None:
    out = io.StringIO()
    run(neuron().trace(), io.StringIO(""), out)
    assert out.getvalue() == (
        "Backpropagation from result = −0.0864477: 10 edges to go, back to 3 variables.\n"
        "At the start only ∂result/∂result = 1 is known. n takes the next edge, h lists the "
        "commands.\n"
    )


def test_a_step_is_shown_three_ways() -> None:
    assert session("s 3") == (
        "[3/10] multiply #3 → w\n"
        "  ∂result/∂w += ∂result/∂u4 · 0.25\n"
        "  0 += 1 · 0.25 → 0.25\n"
        "  with u4 = multiply #3 = −0.3, w = −1.2\n"
        "  multiply passes on 0.25 of what arrives. w has 0.25 so far: the first of 2\n"
        "    contributions.\n"
    )


def test_next_and_previous_and_the_empty_line() -> None:
    said = heads(session("n; ; ; p; p; "))
    assert [head[1:].partition("/")[0] for head in said] == ["1", "2", "3", "2", "1"]


def test_both_ends() -> None:
    assert session("p").startswith("This is the start: nothing has been handed on yet.")
    assert session("s 10; n").endswith(
        "This is the end: every gradient is whole. l lists them, p goes back.\n"
    )
    assert session("n; s 0").endswith("At the start: nothing has been handed on yet.\n")


@pytest.mark.parametrize("argument", ["11", "-1", "x", ""])
def test_positions_that_there_are_not(argument: str) -> None:
    assert session(f"s {argument}") == (
        f"s wants the number of a step, from 0 to 10, not {argument!r}.\n"
    )


def test_breakpoints() -> None:
    said = session('b w; b op == "tanh"; b; c; c; c; c; r; cl 1; b; c; cl 1; cl x')
    assert re.sub(r"\n  .*", "", said).splitlines() == [
        "Set breakpoint 1: w",
        'Set breakpoint 2: op == "tanh"',
        "1: w",
        '2: op == "tanh"',
        "Stopped at breakpoint 1: w",
        "[3/10] multiply #3 → w",
        'Stopped at breakpoint 2: op == "tanh"',
        "[6/10] h → add",
        "Stopped at breakpoint 1: w",
        "[9/10] multiply → w",
        "No breakpoint after this.",
        "[10/10] multiply → x",
        "Stopped at breakpoint 1: w",
        "[9/10] multiply → w",
        "Cleared 1: w",
        '2: op == "tanh"',
        "No breakpoint after this.",
        "[10/10] multiply → x",
        "cl wants the number of a breakpoint, not '1'; b lists them.",
        "cl wants the number of a breakpoint, not 'x'; b lists them.",
    ]


def test_without_breakpoints_continue_goes_to_the_end() -> None:
    assert session("b") == "No breakpoint is set; b CONDITION sets one.\n"
    assert heads(session("c")) == ["[10/10] multiply → x"]
    assert session("c; r").endswith("At the start: nothing has been handed on yet.\n")


def test_a_condition_that_cannot_be_understood() -> None:
    assert session("b gain << 1").startswith("'gain << 1' is no condition; try one of these")


def test_where() -> None:
    assert session("s 9; w").endswith(
        "   5  multiply #2 → h: −0.4621\n"
        "   6  h → add: −0.7269\n"
        "   7  add → multiply: −0.7269\n"
        "   8  add → b: −0.7269\n"
        "→  9  multiply → w: −0.3634\n"
        "  10  multiply → x: not computed yet\n"
    )
    assert session("w").startswith("→ at the start\n  1  result → multiply #2: not computed yet\n")


def test_list_tells_what_is_not_computed_from_what_is_on_its_way() -> None:
    assert session("s 4; l").endswith(
        "w  0.25 so far: 1 of 2 arrived\n"
        "x  not computed yet\n"
        "b  not computed yet\n"
        "h  −0.4621 so far: 1 of 2 arrived\n"
    )
    assert session("c; l").endswith("w  −0.1134\nx  0.8722\nb  −0.7269\n")


def test_a_long_list_is_cut() -> None:
    values = [Value(float(i)) for i in range(60)]
    said = session("l", sum(values[1:], values[0]))
    assert len(said.splitlines()) == 41
    assert said.endswith("… and 20 more; p NAME shows any of them.\n")


def test_print() -> None:
    assert session("s 4; p h").endswith(
        "h = −0.462117, made by tanh\n"
        "∂result/∂h: −0.4621 so far: 1 of 2 arrived\n"
        "  from multiply #2: −0.4621 (step 4)\n"
        "  from multiply #2: not computed yet (step 5)\n"
    )
    assert session("p w").startswith("w = −1.2, a variable\n∂result/∂w: not computed yet\n")
    assert session("p multiply #2").startswith("multiply #2 = 0.213552, made by multiply\n")
    assert session("p ww") == "No gradient flows to a node called 'ww'. Did you mean w?\n"
    assert session("p q8").endswith("w lists the nodes around this step.\n")


def test_names_of_the_caller() -> None:
    x = Value(2.0)
    assert heads(session("n", x * 3.0, x=x)) == ["[1/1] result → x"]


def test_help_and_unknown_commands() -> None:
    said = session("h; help; ?")
    assert said.count("set a breakpoint") == 3
    assert max(map(len, said.splitlines())) <= 80
    assert session("jump 3") == "there is no command 'jump'; h lists them.\n"


def test_quit_stops_reading() -> None:
    assert session("q; n") == ""


def test_arrays() -> None:
    x = Tensor(np.linspace(-1, 1, 6), name="x")
    said = session("c; l; p x", np.sum(np.tanh(x)))
    assert "  0 += RMS 0.7317 → RMS 0.7317 (6 elements, RMS 1 arrives, gain ×0.732)\n" in said
    assert "x = RMS 0.68313 (6 elements), a variable\n" in said
    assert "x  RMS 0.7317, 0.42 … 0.961\n" in said


# --- quiz -------------------------------------------------------------------------------------


def test_predict_then_reveal() -> None:
    said = session("s 2; quiz on; n; 0.25; n; 7; n; ; quiz off")
    assert said.partition("answer.\n")[2] == (
        "[3/10] multiply #3 → w\n"
        "  u4 = multiply(0.25, w), where u4 = multiply #3 = −0.3, w = −1.2. ∂result/∂u4 =\n"
        "    1 arrives. What is added to ∂result/∂w?\n"
        "Right (1 of 1 predicted rightly).\n"
        "  ∂result/∂w += ∂result/∂u4 · 0.25\n"
        "  0 += 1 · 0.25 → 0.25\n"
        "  with u4 = multiply #3 = −0.3, w = −1.2\n"
        "  multiply passes on 0.25 of what arrives. w has 0.25 so far: the first of 2\n"
        "    contributions.\n"
        "[4/10] multiply #2 → h\n"
        "  u3 = multiply(h, h), where u3 = multiply #2 = 0.213552, h = −0.462117.\n"
        "    ∂result/∂u3 = 1 arrives. What is added to ∂result/∂h?\n"
        "No, −0.4621 (1 of 2 predicted rightly).\n"
        "  ∂result/∂h += ∂result/∂u3 · h\n"
        "  0 += 1 · (−0.4621) → −0.4621\n"
        "  with u3 = multiply #2 = 0.213552, h = −0.462117\n"
        "  multiply passes on h = −0.4621 times what arrives. h has −0.4621 so far: the\n"
        "    first of 2 contributions.\n"
        "[5/10] multiply #2 → h\n"
        "  u3 = multiply(h, h), where u3 = multiply #2 = 0.213552, h = −0.462117.\n"
        "    ∂result/∂u3 = 1 arrives. What is added to ∂result/∂h?\n"
        "  ∂result/∂h += ∂result/∂u3 · h\n"
        "  −0.4621 += 1 · (−0.4621) → −0.9242\n"
        "  with u3 = multiply #2 = 0.213552, h = −0.462117\n"
        "  multiply passes on h = −0.4621 times what arrives. Contributions add up: h has\n"
        "    −0.4621 + (−0.4621) = −0.9242 now, the last of 2.\n"
        "1 of 2 predicted rightly.\n"
    )


def test_an_empty_line_after_an_answer_asks_the_next_question() -> None:
    said = session("quiz on; n; ; ; ")
    assert said.count("What is added") == 2
    assert heads(said) == ["[1/10] result → multiply #2", "[2/10] result → multiply #3"]


def test_a_command_leaves_the_question() -> None:
    said = session("quiz on; n; w; n; 1")
    assert "→ at the start" in said
    assert said.count("What is added") == 2
    assert "Right (1 of 1" in said


def test_what_is_no_number_is_asked_for_again() -> None:
    said = session("quiz on; n; one; 1")
    assert "'one' is no number; type one, or nothing to see the answer.\nRight (1 of 1" in said


def test_the_quiz_asks_no_arrays() -> None:
    x = Tensor(np.ones(3), name="x")
    assert "What is added" not in session("quiz on; n; n", np.sum(np.exp(x)))


def test_the_score_is_told_at_the_end_however_it_comes() -> None:
    for leave in ("q", "", "n"):
        said = session(f"quiz on; n; 1; {leave}" if leave else "quiz on; n; 1")
        assert said.endswith("1 of 1 predicted rightly.\n")
    assert "predicted" not in session("quiz on; q")
    assert session("quiz").endswith("quiz on, or quiz off.\n")


# --- processes --------------------------------------------------------------------------------

SCRIPT = """\
import numpy as np
from autograd import Value

x, w = Value(0.5), Value(-1.2)
h = np.tanh(w * x)
loss = h * h
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "train.py").write_text(SCRIPT)
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    return [sys.executable, "-m", "viz", "step", str(tmp_path / "train.py")]


def test_over_a_pipe(command: list[str]) -> None:
    done = subprocess.run(
        command, input="b x\nc\n", capture_output=True, encoding="utf-8", check=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[2:] == [
        "Set breakpoint 1: x",
        "Stopped at breakpoint 1: x",
        "[5/5] multiply → x",
        "  train.py:5  h = np.tanh(w * x)",
        "  ∂loss/∂x += ∂loss/∂u1 · w",
        "  0 += −0.7643 · (−1.2) → 0.9172",
        "  with u1 = multiply = −0.6, x = 0.5, w = −1.2",
        "  multiply passes on w = −1.2 times what arrives. That is the whole gradient of",
        "    x: 0.9172.",
    ]


def test_a_reader_that_went_away(command: list[str]) -> None:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"n\n" * 5)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_in_a_terminal(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # The keys that a plain terminal sends for the arrows.
    monkeypatch.setenv("TERM", "xterm")
    with Terminal(command) as terminal:
        assert terminal.read().count("(step) ") == 1
        assert "[1/5] loss → h" in terminal.type("n\n")
        # An empty line repeats, the arrow brings back the first command.
        assert "[2/5] loss → h" in terminal.type("\n")
        assert "[3/5] h → multiply" in terminal.type("\x1b[A\n")
        assert "not computed yet" in terminal.type("p w\n")
        terminal.type("\x04")
    assert terminal.code == 0
    assert "\x1b[3" not in terminal.seen


class Terminal:
    """A process at the other end of a pseudo-terminal."""

    def __init__(self, command: list[str]) -> None:
        import pty

        self.seen = ""
        self.code: int | None = None
        self._pid, self._end = pty.fork()
        if not self._pid:
            os.execv(command[0], command)

    def read(self) -> str:
        """Everything up to the next prompt, or to the end."""
        got = b""
        until = time.monotonic() + 60
        while not got.endswith(b"(step) ") and time.monotonic() < until:
            if select.select([self._end], [], [], 0.1)[0]:
                try:
                    part = os.read(self._end, 65536)
                except OSError:  # Linux says so when the process has ended
                    break
                if not part:
                    break
                got += part
        text = got.decode().replace("\r\n", "\n")
        self.seen += text
        return text

    def type(self, keys: str) -> str:
        os.write(self._end, keys.encode())
        return self.read()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
