"""The command line ``glassgrad``."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

_ABOUT = "Autograd you can see through: networks whose every gradient can be drawn and explained."
_DEMO = """\
Trains two deep networks of the same shape on 1 797 real images of handwritten digits: one with
sigmoids and small random weights, one with ReLU and He initialisation. Shows where the gradient
vanishes in the first, and that it does not in the second.

Prints how both do on images they have never seen, the gradient at every layer, and a diagnosis.
Writes into DIR, which it makes if need be:

  index.html            both networks side by side, with every step explained: open this one
  network-*.svg         each network as columns of neurons, a line per weight
  graph-*.svg           each network as a graph of operations

Takes some seconds, no network connection, and scikit-learn (pip install 'glassgrad[data]')."""
_STEP = """\
Runs SCRIPT as python does, takes its variable NAME, a Value or a Tensor, and walks through
backpropagation from there, one edge at a time, forwards and backwards: each edge as a formula, in
numbers and in words, with the line of the script that it comes from.

The commands are those of pdb: n next, p previous, c continue to a breakpoint, r back to one,
b CONDITION, w, p NAME, q; h lists them all. `quiz on` asks for every number before it is shown.
Without a terminal they are read from standard input:

  printf 'b gain < 0.01\\nc\\n' | glassgrad step train.py:loss"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the name of the program; by default those of the process.

    Raises
    ------
    SystemExit
        From argparse: 0 after help, 2 after arguments it does not know.
    """
    _never_fail_on_a_letter()
    given = sys.argv[1:] if argv is None else argv
    arguments = _parser(given).parse_args(given)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Nobody reads on, as behind `| head`; Python would complain once more while it exits.
        sys.stdout = io.StringIO()
        return 141


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="glassgrad", description=_ABOUT)
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(title="commands", dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="see a gradient vanish in a deep network trained on real digits, and not in its twin",
        description=_DEMO,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    demo.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("glassgrad-demo"),
        help="where to write; files of an earlier run are replaced (default: %(default)s)",
    )
    demo.add_argument(
        "--epochs",
        metavar="N",
        type=_positive,
        default=40,
        help="how often each network sees every image (default: %(default)s)",
    )
    demo.add_argument(
        "--seed",
        metavar="N",
        type=_whole,
        default=0,
        help="for the first weights, the split and the order of the images (default: %(default)s)",
    )
    demo.add_argument("--quiet", action="store_true", help="no progress bars")
    demo.set_defaults(run=_demo)
    step = commands.add_parser(
        "step",
        help="step through the backpropagation of a script of yours, as in a debugger",
        description=_STEP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    step.add_argument(
        "target", metavar="SCRIPT[:NAME]", help="a Python file, and the variable; by default loss"
    )
    step.add_argument(
        "arguments", metavar="...", nargs=argparse.REMAINDER, help="arguments for the script"
    )
    step.set_defaults(run=_step)
    check = commands.add_parser("check", help="check the derivative of a function of yours")
    if "check" in given:
        # Only then: it lives in another package, which loads numpy.
        from autograd.checking.command import describe

        describe(check)
    return parser


def _demo(arguments: argparse.Namespace) -> int:
    from viz.demo.command import run

    return run(
        arguments.out, epochs=arguments.epochs, seed=arguments.seed, progress=not arguments.quiet
    )


def _step(arguments: argparse.Namespace) -> int:
    from viz.stepping.script import ScriptError, load
    from viz.stepping.terminal import run

    try:
        trace, names = load(arguments.target, arguments.arguments)
    except ScriptError as error:
        print(f"glassgrad step: {error}", file=sys.stderr)
        return 1
    run(trace, names=names)
    return 0


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and stop")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"glassgrad {version('glassgrad')}")
        except PackageNotFoundError:
            print("glassgrad, not installed: it runs from a folder with its source")
        parser.exit()


def _positive(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, but {number} was given")
    return number


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 on, not {text!r}")
    return int(text)


def _never_fail_on_a_letter() -> None:
    """Where the terminal knows no σ or ×, print ? rather than stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
