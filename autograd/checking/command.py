"""The command ``check``: a gradient check from the shell."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_ABOUT = """\
Checks the derivative of a function against difference quotients with error bars.

  glassgrad check package.module:function --shape 3,4
  glassgrad check package.module:function --inputs point.npz --vjp package.module:its_vjp

FUNCTION takes arrays and returns a number or an array. Without --vjp or --gradient it is built from
nodes (numpy's functions are enough), and reverse mode is checked. The arrays of an .npz file are
its arguments in the order in which they were saved; --shape, once for each argument, draws them
at random. Exit code: 0 if all is well, 1 if something is wrong, 2 if the check cannot be made."""


def describe(parser: argparse.ArgumentParser) -> None:
    """Teach a parser the arguments of ``check``; what it parses carries `run`."""
    parser.description = _ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("function", metavar="FUNCTION", help="package.module:function")
    point = parser.add_mutually_exclusive_group(required=True)
    point.add_argument("--inputs", metavar="FILE", type=Path, help="an .npz file with the inputs")
    point.add_argument(
        "--shape",
        metavar="N,M",
        action="append",
        type=_shape,
        help="draw an input of this shape, () for a number; again for each further input",
    )
    claim = parser.add_mutually_exclusive_group()
    claim.add_argument("--vjp", metavar="FUNCTION", help="vjp(cotangent, *inputs), by hand")
    claim.add_argument("--gradient", metavar="FUNCTION", help="gradient(*inputs), by hand")
    parser.add_argument(
        "--domain", type=_domain, help="LOW,HIGH or positive, spd, symmetric (default: anywhere)"
    )
    parser.add_argument("--order", type=int, choices=(1, 2), default=1, help="of derivatives")
    parser.add_argument("--seed", type=int, default=0, help="for probes and drawn inputs")
    parser.add_argument("--fast", action="store_true", help="random directions, for large inputs")
    parser.add_argument("--table", action="store_true", help="list every element")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the check, print the report, and return the exit code."""
    from autograd.checking.entry import gradcheck

    try:
        functions = {
            name: _load(getattr(arguments, name)) for name in ("function", "vjp", "gradient")
        }
        inputs = _inputs(arguments)
        report = gradcheck(
            functions["function"],
            *inputs,
            vjp=functions["vjp"],
            gradient=functions["gradient"],
            domain=arguments.domain,
            order=arguments.order,
            fast=arguments.fast,
            seed=arguments.seed,
        )
    except (ImportError, AttributeError, OSError, TypeError, ValueError) as error:
        print(f"glassgrad check: {error}", file=sys.stderr)
        return 2
    print(report.table() if arguments.table else report)
    return 0 if report.ok else 1


def _load(place: str | None) -> Any:
    if place is None:
        return None
    module, colon, name = place.partition(":")
    if not colon or not name:
        raise ValueError(f"a function is named as package.module:function, not {place!r}.")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as for `python -m`: modules of the current folder are found
    found = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _inputs(arguments: argparse.Namespace) -> list[Any]:
    import numpy as np

    if arguments.inputs is not None:
        with np.load(arguments.inputs) as saved:
            if not hasattr(saved, "files"):
                raise ValueError(f"{arguments.inputs} is no .npz file; save it by np.savez.")
            return [saved[name] for name in saved.files]
    from autograd.checking.domains import as_domain

    rng = np.random.default_rng(arguments.seed)
    domain = as_domain(arguments.domain)
    return [np.asarray(domain.nearest(rng.standard_normal(s))) for s in arguments.shape]


def _shape(text: str) -> tuple[int, ...]:
    inner = text.strip("() ").rstrip(",")
    try:
        shape = tuple(int(part) for part in inner.split(",")) if inner else ()
    except ValueError:
        shape = (-1,)
    if any(n < 0 for n in shape):
        raise argparse.ArgumentTypeError(f"a shape is written 3,4 or (), not {text!r}")
    return shape


def _domain(text: str) -> Any:
    low, comma, high = text.partition(",")
    if not comma:
        return text
    try:
        return float(low), float(high)
    except ValueError:
        raise argparse.ArgumentTypeError(f"an interval is written 0,1, not {text!r}") from None
