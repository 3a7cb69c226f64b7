"""check(): the health of gradients as assertions, for tests."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from autograd import Node, Trace
from viz.drawing import graph
from viz.health.nonfinite import find_nonfinite
from viz.health.survey import survey
from viz.scene.labels import Labels
from viz.scene.numbers import magnitude, number

#: How many offenders a message names.
_NAMED = 8


class Check:
    """Assertions about one backward pass, to be chained; see `check`.

    Parameters
    ----------
    trace : Trace
        What is looked at.
    folder : Path or None
        Where a page is written when an assertion fails.
    """

    def __init__(self, trace: Trace, folder: Path | None) -> None:
        self._trace = trace
        self._folder = folder
        self._labels = Labels(trace).of

    def no_vanishing(self, least: float = 1e-6) -> Check:
        """Assert that every variable's gradient has an RMS of at least `least`.

        Raises
        ------
        AssertionError
            Naming the variables for which it is smaller, or exactly 0, the smallest first.
        """
        small = [self._say(x, node) for x, node in self._sizes() if node.is_leaf and x < least]
        return self._expect(not small, f"the gradient vanishes (RMS below {least:g}) at", small)

    def no_exploding(self, most: float = 1e3) -> Check:
        """Assert that no gradient, of a variable or on the way, has an RMS above `most`.

        Raises
        ------
        AssertionError
            Naming the nodes for which it is larger, or not finite, the largest first.
        """
        large = [self._say(x, node) for x, node in reversed(self._sizes()) if not x <= most]
        return self._expect(not large, f"the gradient explodes (RMS above {most:g}) at", large)

    def no_dead(self, share: float = 0.5) -> Check:
        """Assert that in no activation more than `share` of the units are closed for all records.

        Raises
        ------
        AssertionError
            Naming the layers in which more are.
        """
        with np.errstate(all="ignore"):
            rows = survey(self._trace).activations
        dead = [
            f"{row.name} ({int(row.closed.sum())} of {row.units} units)"
            for row in rows
            if row.units and row.closed.mean() > share
        ]
        return self._expect(not dead, f"more than {share:.0%} of the units are dead in", dead)

    def finite(self) -> Check:
        """Assert that no value that reaches the result, and no gradient, is NaN or infinite.

        Raises
        ------
        AssertionError
            Naming the first operation that makes one, and what helps.
        """
        with np.errstate(all="ignore"):
            findings = list(find_nonfinite(self._trace))
        found = [f"{each.sentence} What helps: {each.advice}" for each in findings]
        return self._expect(not found, "not finite:", found)

    def _sizes(self) -> list[tuple[float, Node]]:
        """How large the gradient of every node is; those that are not finite come last."""
        sizes = [(magnitude(step.gradient), step.node) for step in self._trace]
        return sorted(sizes, key=lambda pair: (not math.isfinite(pair[0]), pair[0]))

    def _say(self, size: float, node: Node) -> str:
        return f"{self._labels[node]} ({number(size, 3)})"

    def _expect(self, condition: bool, complaint: str, offenders: list[str]) -> Check:
        if condition:
            return self
        named = ", ".join(offenders[:_NAMED])
        if len(offenders) > _NAMED:
            named += f" and {len(offenders) - _NAMED} more"
        raise AssertionError(f"{complaint} {named}{self._write_page()}")

    def _write_page(self) -> str:
        """Write the page of the graph, and say where."""
        if self._folder is None:
            return ""
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2].partition(" ")[0]
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in test)
        path = graph(self._trace).save(self._folder / f"{name or 'gradients'}.html")
        return f"\nThe graph: {path}"


def check(loss: Node | Trace, folder: str | os.PathLike[str] | None = None) -> Check:
    """Begin a chain of assertions about the gradients of a loss, for use in tests.

    ``viz.check(loss, tmp_path).finite().no_vanishing(1e-6).no_exploding(1e3).no_dead(0.5)``

    Parameters
    ----------
    loss : Value, Tensor or Trace
        What is looked at. No `backward` is needed before, and no `grad` is touched.
    folder : path, optional
        Where to write the interactive picture of the graph when an assertion fails, under the
        name of the test that runs: pytest's ``tmp_path``, for example. By default nothing is
        written.

    Raises
    ------
    TypeError
        If `loss` is neither a node nor a trace.
    FileNotFoundError
        If the folder does not exist.
    RuntimeError, ValueError, StaleGraphError
        As `Node.trace` does.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(10.0, name="x")
    >>> check(x.tanh().tanh()).no_vanishing(1e-6)
    Traceback (most recent call last):
    AssertionError: the gradient vanishes (RMS below 1e-06) at x (3.46e−9)
    """
    if not isinstance(loss, Node | Trace):
        raise TypeError(
            f"viz.check takes a Value, a Tensor or a Trace, but {type(loss).__name__} was given; "
            "pass the loss itself."
        )
    where = None if folder is None else Path(folder)
    if where is not None and not where.is_dir():
        raise FileNotFoundError(f"viz.check cannot write to {str(where)!r}: no such folder.")
    return Check(loss if isinstance(loss, Trace) else loss.trace(), where)
