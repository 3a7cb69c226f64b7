"""The backprop debugger in a terminal, with the commands of pdb."""

from __future__ import annotations

import cmd
import linecache
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from autograd import Node, Trace
from viz.scene.numbers import number
from viz.stepping.breakpoints import BreakpointError
from viz.stepping.figures import figure, short
from viz.stepping.letters import value_text
from viz.stepping.quiz import Score, is_right, read_number
from viz.stepping.stepper import Stepper

_HELP = """\
n            take the next edge            p        take the last edge back
c            go on to a breakpoint         r        the same, backwards
s N          go to step N                  w        the steps around this one
b CONDITION  set a breakpoint              b        list them
cl N         clear breakpoint N            l        gradients of the variables
p NAME       what is known about a node    q        quit
quiz on      predict each number           quiz off
An empty line repeats the last command.

Conditions: gain < 1e-2, |grad| < 1e-6, nonfinite, op == "tanh", scope == "fc2",
node == "w" or just w; several with `and` between them."""
#: Steps that `w` lists before and after this one.
_AROUND = 4
#: Lines of a list from which on it is cut short.
_LONGEST = 40


def run(
    trace: Trace,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    names: Mapping[str, Any] | None = None,
) -> None:
    """Step through a trace at a prompt, until the user quits or the input ends.

    Where the input is no terminal, commands are read line by line and no prompt is written.

    Parameters
    ----------
    trace : Trace
        What is stepped through.
    stdin, stdout : text files, optional
        By default those of the process.
    names : mapping, optional
        Names for nodes that have none; see `viz.scene.labels.Labels`.
    """
    Debugger(Stepper(trace, names), stdin or sys.stdin, stdout or sys.stdout).cmdloop()


class Debugger(cmd.Cmd):
    """The prompt: every ``do_`` method is a command."""

    def __init__(self, stepper: Stepper, stdin: TextIO, stdout: TextIO) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self._stepper = stepper
        self._score: Score | None = None
        self._asking = False
        at_terminal = stdin.isatty()
        # Line editing and a history of commands come with input(), which knows one terminal only.
        self.use_rawinput = at_terminal and stdin is sys.stdin
        self.prompt = "(step) " if at_terminal else ""

    # --- what cmd.Cmd asks for ----------------------------------------------------------------

    def preloop(self) -> None:
        """Say what there is to step through."""
        labels, flows = self._stepper.labels, self._stepper.flows
        leaves = [node for node in labels.of if node.is_leaf]
        seed = short(figure(self._stepper.trace.steps[0].gradient))
        self._say(
            f"Backpropagation from {labels.result} = {value_text(self._stepper.trace.root)}: "
            f"{_count(len(flows), 'edge')} to go, back to {_count(len(leaves), 'variable')}.",
            f"At the start only ∂{labels.result}/∂{labels.result} = {seed} is known. "
            "n takes the next edge, h lists the commands.",
        )

    def onecmd(self, line: str) -> bool:
        """Answer a question of the quiz, or run a command."""
        if self._asking:
            command = self.parseline(line)[0]
            self._asking = False
            if command is None or not hasattr(self, f"do_{command}"):
                self._answer(line.strip())
                return False
        return super().onecmd(line)

    def default(self, line: str) -> None:
        """Say that a command is unknown."""
        self._say(f"there is no command {line.split()[0]!r}; h lists them.")

    def do_help(self, arg: str) -> None:
        """List the commands."""
        self._say(_HELP)

    def do_EOF(self, arg: str) -> bool:  # noqa: N802 - the name is given by cmd.Cmd
        """Quit at the end of the input."""
        if self.prompt:
            self._say("")
        return self.do_quit(arg)

    # --- moving -------------------------------------------------------------------------------

    def do_next(self, arg: str) -> None:
        """Take the next edge; in the quiz, ask for its number first."""
        stepper = self._stepper
        if stepper.position == len(stepper.flows):
            self._say("This is the end: every gradient is whole. l lists them, p goes back.")
            return
        question = stepper.equation(stepper.position).question if self._score else ""
        if question:
            self._asking = True
            self._say(self._head(stepper.position), *_indented(question))
            return
        stepper.next()
        self._show()

    def do_previous(self, arg: str) -> None:
        """Take the last edge back."""
        if self._stepper.previous():
            self._show()
        else:
            self._say("This is the start: nothing has been handed on yet.")

    def do_continue(self, arg: str) -> None:
        """Go on to a breakpoint."""
        self._run(backwards=False)

    def do_reverse(self, arg: str) -> None:
        """Go back to a breakpoint."""
        self._run(backwards=True)

    def do_seek(self, arg: str) -> None:
        """Go to a step."""
        try:
            self._stepper.seek(int(arg))
        except (ValueError, IndexError):
            last = len(self._stepper.flows)
            self._say(f"s wants the number of a step, from 0 to {last}, not {arg!r}.")
        else:
            self._show()

    def _run(self, backwards: bool) -> None:
        met = self._stepper.run(backwards)
        if met is not None:
            self._say(f"Stopped at breakpoint {met}: {self._stepper.breakpoints[met].text}")
        elif self._stepper.breakpoints:
            self._say(f"No breakpoint {'before' if backwards else 'after'} this.")
        self._show()

    # --- breakpoints --------------------------------------------------------------------------

    def do_break(self, arg: str) -> None:
        """Set a breakpoint, or list them."""
        if arg:
            try:
                made = self._stepper.add_breakpoint(arg)
            except BreakpointError as error:
                self._say(str(error))
            else:
                self._say(f"Set breakpoint {made}: {arg}")
            return
        listed = [f"{n}: {each.text}" for n, each in self._stepper.breakpoints.items()]
        self._say(*listed or ["No breakpoint is set; b CONDITION sets one."])

    def do_clear(self, arg: str) -> None:
        """Clear a breakpoint."""
        found = self._stepper.breakpoints.pop(int(arg), None) if arg.isdecimal() else None
        if found is None:
            self._say(f"cl wants the number of a breakpoint, not {arg!r}; b lists them.")
        else:
            self._say(f"Cleared {arg}: {found.text}")

    # --- looking ------------------------------------------------------------------------------

    def do_print(self, arg: str) -> None:
        """Take the last edge back; with a name, say what is known about a node."""
        if not arg:
            self.do_previous(arg)
        elif (node := self._stepper.labels.node.get(arg)) is None:
            near = self._stepper.labels.similar(arg)
            hint = f" Did you mean {near}?" if near else " w lists the nodes around this step."
            self._say(f"No gradient flows to a node called {arg!r}.{hint}")
        else:
            self._say(*self._about(node))

    def do_where(self, arg: str) -> None:
        """List the steps around this one."""
        here = self._stepper.position
        first, last = max(here - _AROUND, 1), min(here + _AROUND, len(self._stepper.flows))
        lines = []
        for k in range(first, last + 1):
            arrow = "→" if k == here else " "
            lines.append(f"{arrow} {k:>{len(str(last))}}  {self._way(k - 1)}: {self._added(k - 1)}")
        if not here:
            lines.insert(0, "→ at the start")
        self._say(*lines)

    def do_list(self, arg: str) -> None:
        """List the gradients of the variables, and of the nodes that are not whole yet."""
        of = self._stepper.labels.of
        received = {node: self._stepper.received(node) for node in of}
        shown = [n for n, got in received.items() if n.is_leaf or 0 < got.arrived < got.expected]
        width = max((len(of[node]) for node in shown[:_LONGEST]), default=0)
        lines = [f"{of[node]:<{width}}  {self._gradient(node)}" for node in shown[:_LONGEST]]
        if len(shown) > _LONGEST:
            lines.append(f"… and {len(shown) - _LONGEST} more; p NAME shows any of them.")
        self._say(*lines)

    def _show(self) -> None:
        """The edge that was just taken, three ways."""
        position = self._stepper.position
        if not position:
            self._say("At the start: nothing has been handed on yet.")
            return
        self._say(self._head(position - 1))
        self._explain(position - 1)

    def _explain(self, i: int) -> None:
        equation = self._stepper.equation(i)
        legend = f"with {equation.legend}" if equation.legend else ""
        for text in (equation.rule, equation.numbers, legend, equation.words):
            self._say(*_indented(text))

    def _head(self, i: int) -> str:
        """Which step it is: its edge, module and line."""
        source = self._stepper.flows[i].source
        scope = f"  in {source.scope}" if source.scope else ""
        head = f"[{i + 1}/{len(self._stepper.flows)}] {self._way(i)}{scope}"
        if not source.source:
            return head
        file, _, line = source.source.rpartition(":")
        code = linecache.getline(file, int(line)).strip()
        return f"{head}\n  {Path(file).name}:{line}  {code}"

    def _way(self, i: int) -> str:
        flow, of = self._stepper.flows[i], self._stepper.labels.of
        return f"{of[flow.source]} → {of[flow.target]}"

    def _added(self, i: int) -> str:
        if i >= self._stepper.position:
            return "not computed yet"
        return short(figure(self._stepper.flows[i].contribution))

    def _gradient(self, node: Node) -> str:
        got = self._stepper.received(node)
        if got.gradient is None:
            return "not computed yet"
        text = str(figure(got.gradient))
        return text if got.complete else f"{text} so far: {got.arrived} of {got.expected} arrived"

    def _about(self, node: Node) -> list[str]:
        stepper, labels = self._stepper, self._stepper.labels
        made = f", made by {node.op}" if node.op else ", a variable"
        where = f" in {node.scope}" if node.scope else ""
        lines = [
            f"{labels.of[node]} = {value_text(node)}{made}{where}",
            f"∂{labels.result}/∂{labels.of[node]}: {self._gradient(node)}",
        ]
        for i in stepper.arrivals(node)[:_LONGEST]:
            source = labels.of[stepper.flows[i].source]
            lines.append(f"  from {source}: {self._added(i)} (step {i + 1})")
        return lines

    # --- quiz ---------------------------------------------------------------------------------

    def do_quiz(self, arg: str) -> None:
        """Predict, then reveal: ask for every number before it is shown."""
        if arg == "on":
            self._score = self._score or Score()
            self._say("Quiz: n asks; type a number, or nothing to see the answer.")
        elif arg == "off" and self._score:
            self._say(f"{self._score}.")
            self._score = None
        else:
            self._say("quiz on, or quiz off.")

    def _answer(self, text: str) -> None:
        """Compare a prediction with the number, and show the edge."""
        assert self._score is not None
        answer = float(self._stepper.flows[self._stepper.position].contribution)
        if text:
            try:
                right = is_right(read_number(text), answer)
            except ValueError:
                self._asking = True
                self._say(f"{text!r} is no number; type one, or nothing to see the answer.")
                return
            self._score.count(right)
            self._say(f"{'Right' if right else f'No, {number(answer)}'} ({self._score}).")
        self._stepper.next()
        self._explain(self._stepper.position - 1)
        # From here on an empty line asks the next question.
        self.lastcmd = "next"

    # --- leaving ------------------------------------------------------------------------------

    def do_quit(self, arg: str) -> bool:
        """Leave."""
        if self._score and self._score.asked:
            self._say(f"{self._score}.")
        return True

    def _say(self, *lines: str) -> None:
        for line in lines:
            print(line, file=self.stdout, flush=True)

    def completenames(self, text: str, *_: Any) -> list[str]:
        """Nothing: commands are a letter long."""
        return []

    def completedefault(self, text: str, *_: Any) -> list[str]:
        """Labels of nodes, after p and b."""
        return [label for label in self._stepper.labels.node if label.startswith(text)]

    do_n, do_p, do_c, do_r, do_s = do_next, do_print, do_continue, do_reverse, do_seek
    do_b, do_cl, do_w, do_l = do_break, do_clear, do_where, do_list
    do_h, do_q = do_help, do_quit


def _indented(text: str) -> list[str]:
    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
