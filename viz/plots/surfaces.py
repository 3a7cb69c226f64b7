"""The path of optimisers over a surface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from nn.metrics import numbers_of
from nn.optim import Optimizer
from viz.plots.style import colour, dashes, legend, marker, new_figure, short, tidy
from viz.render.theme import LIGHT
from viz.scene.numbers import number

#: Makes an optimiser of the variables x and y.
Maker = Callable[[list[Tensor]], Optimizer]

#: Points of the grid along each axis, and contours.
_GRID = 160
_LEVELS = 14
#: By how much the highest band is darker than the paper.
_DARKEST = 0.45
#: About how many markers a path has.
_MARKERS = 25
#: Where a log scale of f ends: what is left below is rounding.
_LOWEST = 1e-16


def plot_optimizer_paths(
    f: Callable[[Any, Any], Any],
    optimizers: Mapping[str, Maker] | Iterable[Maker],
    *,
    start: tuple[float, float],
    x_span: tuple[float, float],
    y_span: tuple[float, float],
    steps: int = 100,
) -> Any:
    """Let optimisers race down a surface, and draw the path of each on its contours.

    Parameters
    ----------
    f : callable
        ``f(x, y)`` for two nodes, made of numpy's functions and operators, so that it works on
        arrays too, element by element.
    optimizers : iterable or mapping of callable
        Each makes an optimiser of the list ``[x, y]``, as ``lambda p: nn.optim.SGD(p, lr=0.1)``
        or `nn.optim.Adam`. The keys of a mapping name them.
    start : (float, float)
        Where all of them begin.
    x_span, y_span : (float, float)
        The part of the plane that is drawn.
    steps : int, default 100
        How many each may make.

    Returns
    -------
    matplotlib.figure.Figure
        Beside the surface, f after every step.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If f does not work element by element, or there are no optimisers.

    Examples
    --------
    >>> from nn.optim import SGD, Adam
    >>> figure = plot_optimizer_paths(
    ...     lambda x, y: x**2 + 10 * y**2,
    ...     [lambda p: SGD(p, lr=0.05), lambda p: Adam(p, lr=0.3)],
    ...     start=(-4, 1), x_span=(-5, 5), y_span=(-2, 2), steps=30,
    ... )
    """
    makers = optimizers if isinstance(optimizers, Mapping) else dict(enumerate(optimizers))
    if not makers:
        raise ValueError("there is no optimiser to race; give at least one.")
    surface = _heights(f, np.linspace(*x_span, _GRID), np.linspace(*y_span, _GRID))
    figure, ((plane, course),) = new_figure(13, 5.2, columns=2)
    _draw_surface(plane, x_span, y_span, surface)
    tidy(course, "f after every step", "step", "f(x, y)")
    for i, (name, make) in enumerate(makers.items()):
        label, path, heights = _race(f, make, start, steps)
        if isinstance(name, str):
            label = name
        style = {"color": colour(i), "linestyle": dashes(i), "linewidth": 1.8}
        plane.plot(path[:, 0], path[:, 1], marker=marker(i), markersize=3,
                   markevery=len(path) // _MARKERS + 1, **style)  # fmt: skip
        plane.plot(*path[-1], marker=marker(i), markersize=9, color=colour(i),
                   markeredgecolor=LIGHT.ink)  # fmt: skip
        end = number(heights[-1], 3)
        course.plot(heights, label=f"{short(label)}: {end} after {len(heights) - 1} steps", **style)
    plane.plot(*start, "*", color=LIGHT.paper, markeredgecolor=LIGHT.ink, markersize=13)
    plane.set_xlim(x_span)
    plane.set_ylim(y_span)
    _limit_course(course, surface)
    legend(course)
    return figure


def _heights(f: Callable[[Any, Any], Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """F on a grid.

    Raises
    ------
    ValueError
        If it gives anything but one number for each point.
    """
    xs, ys = np.meshgrid(x, y)
    with np.errstate(all="ignore"):
        result = f(Tensor(xs, requires_grad=False), Tensor(ys, requires_grad=False))
    heights = numbers_of(result)
    if heights.shape != xs.shape:
        raise ValueError(
            "f must work element by element, because its contours need it on a whole grid; "
            f"for arrays of shape {xs.shape} it gave one of shape {heights.shape}."
        )
    return np.asarray(heights, dtype=float)


def _race(
    f: Callable[[Any, Any], Any], make: Maker, start: tuple[float, float], steps: int
) -> tuple[str, NDArray[np.float64], list[float]]:
    """Name, places and heights of one optimiser, which stops where f is no number any more."""
    x, y = (Tensor(np.float64(at)) for at in start)
    optimizer = make([x, y])
    path, heights = [(x.item(), y.item())], []
    with np.errstate(all="ignore"):
        for _ in range(steps):
            optimizer.zero_grad()
            height = f(x, y)
            heights.append(float(height.item()))
            if not np.isfinite(heights[-1]):
                break
            height.backward()
            optimizer.step()
            path.append((x.item(), y.item()))
        else:
            heights.append(float(f(x, y).item()))
    return _describe(optimizer), np.array(path), heights


def _describe(optimizer: Optimizer) -> str:
    """The class and the learning rate, and whatever else is on."""
    settings = optimizer.param_groups[0]
    told = [f"lr {settings['lr']:g}"]
    told += [
        f"{name} {value:g}" if value is not True else name
        for name, value in settings.items()
        if name not in ("lr", "eps") and isinstance(value, float | int) and value
    ]
    return f"{type(optimizer).__name__} ({', '.join(told)})"


def _draw_surface(
    plane: Any,
    x_span: tuple[float, float],
    y_span: tuple[float, float],
    surface: NDArray[np.float64],
) -> None:
    """Bands between quantiles, so that flat valleys and steep walls both show some."""
    tidy(plane, "Paths from the star; large markers at the ends", "x", "y")
    plane.grid(False)
    known = surface[np.isfinite(surface)]
    if not known.size:
        return
    levels = np.unique(np.quantile(known, np.linspace(0, 1, _LEVELS)))
    if len(levels) > 1:
        ticks = [np.linspace(*span, _GRID) for span in (x_span, y_span)]
        # Plain bands, without lines between them or soft edges, and an image in SVG and PDF too:
        # so the picture has a third of the bytes, or fewer.
        bands = plane.contourf(
            *ticks, np.ma.masked_invalid(surface), levels=levels, antialiased=False,
            colors=[str(1 - _DARKEST * k / len(levels)) for k in range(len(levels) - 1)], zorder=0,
        )  # fmt: skip
        bands.set_rasterized(True)


def _limit_course(course: Any, surface: NDArray[np.float64]) -> None:
    """A log scale if f is positive; and who diverges leaves the picture."""
    raced = np.concatenate([line.get_ydata() for line in course.lines])
    raced, known = raced[np.isfinite(raced)], surface[np.isfinite(surface)]
    if not raced.size or not known.size:
        return
    low, high = float(known.min()), max(float(known.max()), raced[0])
    positive = raced[raced > 0]
    if min(low, raced.min()) >= 0 and positive.size:
        course.set_yscale("log")
        course.set_ylim(max(positive.min() / 2, _LOWEST), 2 * high)
    elif low < high:
        course.set_ylim(low - 0.05 * (high - low), high)
