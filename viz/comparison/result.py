"""compare(): the same network twice, and what became of every gradient."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from autograd import Node, Trace
from viz.comparison.reader import ComparingReader
from viz.drawing import draw, graph
from viz.picture import Picture
from viz.scene.chart import view_of
from viz.scene.numbers import number, ratio, times

#: How many variables are printed.
_LISTED = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A variable in both graphs.

    Attributes
    ----------
    label : str
        What it is called.
    before, after : float
        Size of its gradient in the first and in the second graph, RMS for arrays.
    """

    label: str
    before: float
    after: float

    @property
    def log2_ratio(self) -> float:
        """How many times its gradient has doubled; nan for 0 that stayed 0."""
        times_larger = ratio(self.before, self.after)
        return math.log2(times_larger) if times_larger > 0 else -math.inf * (times_larger == 0)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What `viz.compare` returns; it shows itself in a notebook, at least the difference.

    Attributes
    ----------
    first, second : Picture
        Each of the two graphs.
    difference : Picture
        The second graph, with every gradient beside that of the first.
    rows : tuple of Row
        The variables that both have, in the order of the graph.
    only_first, only_second : tuple of str
        Variables that only one of them has.
    """

    first: Picture
    second: Picture
    difference: Picture
    rows: tuple[Row, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def __str__(self) -> str:
        titles = self.first.title, self.second.title
        table = [("variable", *titles, "ratio")]
        table += [
            (row.label, number(row.before, 3), number(row.after, 3), times(row.before, row.after))
            for row in self.rows[:_LISTED]
        ]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in table
        ]
        if len(self.rows) > _LISTED:
            lines.append(f"and {len(self.rows) - _LISTED} more")
        for title, labels in zip(titles, (self.only_first, self.only_second), strict=True):
            if labels:
                lines.append(f"only in {title}: {', '.join(labels)}")
        return "\n".join(lines)

    __repr__ = __str__

    @property
    def html(self) -> str:
        """A self-contained page: the difference, and both graphs below it side by side."""
        frame = '<iframe sandbox="allow-scripts" title="{}" srcdoc="{}"></iframe>'
        frames = [
            frame.format(escape(picture.title), escape(picture.html))
            for picture in (self.difference, self.first, self.second)
        ]
        title = escape(self.difference.title)
        return _PAGE.format(title=title, table=escape(str(self)), frames=frames)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all three pictures as one .html page, or the difference in any other form.

        Raises
        ------
        ValueError, ImportError, FileNotFoundError
            As `Picture.save` does.
        """
        if Path(path).suffix.lower() != ".html":
            return self.difference.save(path)
        shown = self.difference
        whole = Picture(shown.svg, title=shown.title, alt=shown.alt, page=lambda: self.html)
        return whole.save(path)

    def _repr_html_(self) -> str:
        shown = [p._repr_html_() for p in (self.difference, self.first, self.second)]
        return f"<pre>{escape(str(self))}</pre>{''.join(shown)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/plain": str(self),
            "text/html": self._repr_html_(),
            "image/svg+xml": self.difference.svg,
        }


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{
  margin: 0; display: grid; gap: 8px; grid-template-columns: 1fr 1fr; font-family: sans-serif
}}
pre {{ grid-column: 1 / 3; margin: 12px; overflow-x: auto }}
iframe {{ width: 100%; height: 70vh; border: 0; border-top: 1px solid #8888 }}
iframe:first-of-type {{ grid-column: 1 / 3 }}
@media (max-width: 900px) {{ body {{ display: block }} }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16191e; color: #e3e6ea }} }}
</style>
</head>
<body>
<pre>{table}</pre>
{frames[0]}
{frames[1]}
{frames[2]}
</body>
</html>
"""


def compare(
    first: Node | Trace,
    second: Node | Trace,
    *,
    names: Mapping[str, Any] | None = None,
    titles: tuple[str, str] = ("first", "second"),
) -> Comparison:
    """Set two graphs side by side and say what became of every gradient.

    Sigmoid against ReLU, small against He initialisation, before against after a step, with
    against without a connection that skips. Graphs of the same structure are compared place by
    place; of others, what has the same name, or the same part in the same module.

    Parameters
    ----------
    first, second : Value, Tensor or Trace
        As for `graph`. Keep a Trace (``loss.trace()``) to compare with what comes later: the
        graph of a loss cannot be followed any more after the parameters have changed.
    names : mapping of str to node, optional
        As for `graph`, for nodes of either.
    titles : pair of str
        What the two are called.

    Raises
    ------
    TypeError
        If one of them is neither a node nor a trace.
    RuntimeError, ValueError, StaleGraphError
        As `Node.trace` does.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(0.5, name="x")
    >>> print(compare((x * 2.0).tanh(), (x * 2.0).relu()))
    variable  first  second  ratio
    x          0.84       2  ×2.38
    """
    for which in (first, second):
        if not isinstance(which, Node | Trace):
            raise TypeError(
                "viz.compare compares two losses, or two traces of losses, but "
                f"{type(which).__name__} was given."
            )
    first, second = (x if isinstance(x, Trace) else x.trace() for x in (first, second))
    reader = ComparingReader(first, second, names)
    view = view_of(reader)
    difference = draw(view, f"Gradients: {titles[1]} compared with {titles[0]}")
    variables = [
        (vertex.label, reader.gradients(member))
        for chart in view.chart.charts()
        for member, vertex in zip(chart.members, chart.vertices, strict=True)
        if vertex.kind == "variable" and isinstance(member, int)
    ]
    rows = tuple(Row(label, *sizes) for label, sizes in variables if sizes is not None)
    new = tuple(label for label, sizes in variables if sizes is None)
    return Comparison(
        graph(first, names=names, title=titles[0]),
        graph(second, names=names, title=titles[1]),
        difference,
        rows,
        reader.gone(),
        new,
    )
