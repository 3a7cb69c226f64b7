"""Running a user's script to get at a node that it makes."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from autograd import Node, Trace, record_source


class ScriptError(Exception):
    """A script or a variable that cannot be stepped through, in one sentence or a traceback."""


def load(target: str, arguments: Sequence[str] = ()) -> tuple[Trace, dict[str, Any]]:
    """Run a script and follow backpropagation from one of its variables.

    It runs as ``python script.py arguments`` does: as ``__main__``, with its folder first on the
    path. Every node remembers the line that made it.

    Parameters
    ----------
    target : str
        ``script.py:variable``; the variable is ``loss`` if it is left away.
    arguments : sequence of str
        For the script, in `sys.argv`.

    Returns
    -------
    Trace
        From the variable.
    dict
        The variables of the script, this one first.

    Raises
    ------
    ScriptError
        If there is no such script or variable, the script fails, or no gradient flows.
    """
    path, name = _split(target)
    if not path.is_file():
        raise ScriptError(f"there is no script {str(path)!r}.")
    variables = _run(path, arguments)
    if name not in variables:
        nodes = [n for n, x in variables.items() if isinstance(x, Node) and not n.startswith("_")]
        hint = f"it has the nodes {', '.join(nodes)}" if nodes else "it makes no node"
        raise ScriptError(f"{path.name} has no variable {name!r} when it ends; {hint}.")
    return _trace(variables[name], f"{name!r} in {path.name}"), {name: variables[name], **variables}


def _split(target: str) -> tuple[Path, str]:
    path, _, name = target.rpartition(":")
    # No colon at all, or that of a drive.
    return (Path(path), name) if path and name.isidentifier() else (Path(target), "loss")


def _trace(loss: Any, what: str) -> Trace:
    if isinstance(loss, Trace):
        return loss
    if not isinstance(loss, Node):
        raise ScriptError(
            f"{what} is {type(loss).__name__}, not a Value or a Tensor: keep the node itself, "
            "without float(), .item() or .data."
        )
    try:
        return loss.trace()
    except (RuntimeError, TypeError, ValueError) as error:
        raise ScriptError(f"{what}: {error}") from error


def _run(path: Path, arguments: Sequence[str]) -> dict[str, Any]:
    with _as_main(path, arguments), record_source():
        try:
            return runpy.run_path(str(path), run_name="__main__")
        except SystemExit as stop:
            raise ScriptError(
                f"{path.name} left with sys.exit({stop.code!r}) before its variables could be "
                "read; let it run to its end."
            ) from stop
        except Exception as error:
            raise ScriptError(_own_traceback(error, str(path))) from error


@contextlib.contextmanager
def _as_main(path: Path, arguments: Sequence[str]) -> Iterator[None]:
    """The arguments and the path of the process as a script expects them."""
    before = sys.argv, sys.path[:]
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before


def _own_traceback(error: Exception, file: str) -> str:
    """A traceback that begins in the script: how it was started is of no interest."""
    start: TracebackType | None = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename != file:
        start = start.tb_next
    lines = traceback.format_exception(type(error), error, start)
    return "the script failed.\n" + "".join(lines).rstrip()
