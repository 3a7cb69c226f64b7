"""How all plots look: the project's colours, and dashes and markers for those who see none.

matplotlib's global settings stay as they are: everything is set on the figure at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viz.render.theme import LIGHT

#: Colours of curves and classes; neighbours differ in lightness too.
COLOURS = (
    LIGHT.vanishing,
    LIGHT.exploding,
    LIGHT.broken,
    "#009e73",
    LIGHT.ink,
    "#56a8d8",
    "#a88a00",
)
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
MARKERS = "osD^vPX*<>"

#: Letters of a name in a legend or beside an axis.
_NAME = 36
#: Most lines for which a legend has a row each.
_ROWS = 8


def pyplot() -> Any:
    """Matplotlib's pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib, which is not installed: pip install 'glassgrad[plots]'."
        ) from error
    return plt


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure, in inches, and its Axes as an array of two dimensions."""
    figure, grid = pyplot().subplots(
        rows, columns, figsize=(width, height), squeeze=False, layout="constrained"
    )
    return figure, grid


def axes_or_new(axes: Any, width: float, height: float) -> Any:
    """The Axes that were given, or those of a new figure."""
    return new_figure(width, height)[1][0, 0] if axes is None else axes


def tidy(axes: Any, title: str = "", x: str = "", y: str = "") -> None:
    """Labels, a faint grid, and no frame at the right and above."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True, color=LIGHT.faint, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def colour(i: int) -> str:
    """The colour of the i-th curve or class."""
    return COLOURS[i % len(COLOURS)]


def dashes(i: int) -> Any:
    """The dashes of the i-th curve: another colour is not enough."""
    return DASHES[i % len(DASHES)]


def marker(i: int) -> str:
    """The marker of the i-th class. The number of markers shares no factor with that of colours."""
    return MARKERS[i % len(MARKERS)]


def short(name: Any) -> str:
    """A name that fits into a legend; of a long one the middle is left out."""
    text = str(name)
    if len(text) <= _NAME:
        return text
    return f"{text[: _NAME // 2 - 1]}…{text[-_NAME // 2 :]}"


def sequential() -> Any:
    """Colour map from the paper to the project's blue."""
    return _map("glassgrad_sequential", [LIGHT.paper, LIGHT.vanishing])


def diverging() -> Any:
    """Colour map for signed numbers: blue below 0, the paper at 0, orange above."""
    return _map("glassgrad_diverging", [LIGHT.vanishing, LIGHT.paper, LIGHT.exploding])


def _map(name: str, colours: Sequence[str]) -> Any:
    pyplot()
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, list(colours))


def depth_colours(count: int) -> list[Any]:
    """Colours of layers, from blue at the input over grey to orange at the output."""
    ramp = _map("glassgrad_depth", [LIGHT.vanishing, LIGHT.neutral, LIGHT.exploding])
    return [ramp(i / max(count - 1, 1)) for i in range(count)]


def legend(axes: Any, place: Any = None, rows: int = _ROWS, **options: Any) -> None:
    """The legend of some Axes.

    Parameters
    ----------
    axes : Axes
        Whose curves it names.
    place : Figure, optional
        Where it stands; by default in the Axes themselves.
    rows : int, default 8
        Of more than that only some are named, evenly spread, the first and the last among them.
    **options
        For matplotlib.
    """
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > rows:
        kept = [round(k * (len(labels) - 1) / (rows - 1)) for k in range(rows)]
        handles, labels = [handles[k] for k in kept], [labels[k] for k in kept]
    if labels:
        look = {"fontsize": 8, "framealpha": 0.85, "edgecolor": "none"}
        (place or axes).legend(handles, labels, **look | options)
