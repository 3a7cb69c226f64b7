"""Convolutions: their filters, and the maps that they make."""

from __future__ import annotations

import math
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.metrics import numbers_of
from viz.plots.style import diverging, new_figure, sequential
from viz.render.theme import LIGHT
from viz.scene.numbers import number

#: Most images in a figure: of one channel, and of several in rows and columns.
_MOST, _ROWS, _COLUMNS = 64, 8, 16
#: Width of all images together, and of the largest image, in inches.
_WIDTH, _LARGEST = 9.0, 1.5
#: Letters of the title to an inch.
_LETTERS = 12

#: Channels of a coloured image.
_RGB = 3
#: Names of what makes a scale, for matplotlib.
_SCALE = ("cmap", "vmin", "vmax")

#: An image with the text above it.
_Labelled = tuple[str, NDArray[Any]]


def plot_filters(filters: Any) -> Any:
    """Draw the filters of a convolution, all on one scale.

    A channel is blue below 0 and orange above. Three are taken for red, green and blue, as in the
    first layer of a network for photographs: grey is 0, and a red spot looks for red.

    Parameters
    ----------
    filters : Module, Parameter or array_like
        A layer with a `weight`, or the weights: (filters, channels, height, width), or without
        the height for a convolution in one dimension.

    Returns
    -------
    matplotlib.figure.Figure
        The filters in several rows if they have one channel or three; else a column for each
        filter and a row for each channel. Of more than 64, or 16 × 8, the first are drawn, and the
        title says so.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the weights have another number of axes.
    """
    weights = numbers_of(getattr(filters, "weight", filters))
    is_coloured = weights.ndim == 4 and weights.shape[1] == _RGB
    if weights.ndim == 3:
        weights = weights[:, :, np.newaxis, :]
    if weights.ndim != 4 or not weights.size:
        raise ValueError(
            "the filters of a convolution have shape (filters, channels, height, width) or "
            f"(filters, channels, width), but these have {weights.shape}."
        )
    count, channels = weights.shape[:2]
    largest = float(np.max(np.abs(weights[np.isfinite(weights)]), initial=0.0)) or 1.0
    title = f"{count} filter{'s' * (count != 1)} of {channels} channel{'s' * (channels != 1)}"
    scale = diverging(), -largest, largest
    if channels == 1:
        return _draw(_in_rows(weights[:_MOST, 0]), title, count, scale)
    if is_coloured:
        images = np.moveaxis(weights[:_MOST], 1, -1) / (2 * largest) + 0.5
        title += f" as red, green and blue from −{number(largest, 2)} to {number(largest, 2)}"
        return _draw(_in_rows(np.clip(np.nan_to_num(images), 0, 1)), title, count, None)
    title += " (filter : channel)"
    rows = [
        [(f"{i} : {channel}", weights[i, channel]) for i in range(min(count, _COLUMNS))]
        for channel in range(min(channels, _ROWS))
    ]
    return _draw(rows, title, count * channels, scale)


def plot_feature_maps(maps: Any, record: int = 0) -> Any:
    """Draw the feature maps that a convolution made of an image, all on one scale.

    Parameters
    ----------
    maps : node or array_like
        What the layer gave: (channels, height, width), or (records, channels, height, width).
    record : int, default 0
        Which of the records.

    Returns
    -------
    matplotlib.figure.Figure
        Blue below 0 and orange above; white to blue if nothing is below 0, as behind a ReLU. Of
        more than 64 maps the first are drawn, and the title says so.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the maps have another number of axes.
    IndexError
        If there is no such record.
    """
    values = numbers_of(maps)
    if values.ndim == 4:
        values = values[record]
    if values.ndim != 3 or not values.size:
        raise ValueError(
            "feature maps have shape (channels, height, width) or (records, channels, height, "
            f"width), but these have {values.shape}."
        )
    finite = values[np.isfinite(values)]
    largest = float(np.max(np.abs(finite), initial=0.0)) or 1.0
    signed = bool((finite < 0).any())
    count, height, width = values.shape
    title = f"{count} feature map{'s' * (count != 1)} of {height} × {width}"
    scale = (diverging(), -largest, largest) if signed else (sequential(), 0.0, largest)
    return _draw(_in_rows(values[:_MOST]), title, count, scale)


def _in_rows(images: NDArray[Any]) -> list[list[_Labelled]]:
    """Numbered, in a grid that is wider than high, with as few gaps as possible in the last row."""
    count = len(images)
    side = math.sqrt(count)
    columns = min(
        range(math.ceil(side), math.ceil(2 * side) + 1),
        key=lambda c: (-count % c, abs(c - math.sqrt(1.5) * side)),
    )
    numbered = [(str(i), image) for i, image in enumerate(images)]
    return [numbered[i : i + columns] for i in range(0, len(images), columns)]


def _draw(
    rows: list[list[_Labelled]], title: str, total: int, scale: tuple[Any, float, float] | None
) -> Any:
    """Rows of images, coloured; or with one scale beside them, in its colours from low to high."""
    columns, drawn = len(rows[0]), sum(map(len, rows))
    size = min(_LARGEST, _WIDTH / columns)
    height, width = rows[0][0][1].shape[:2]
    if drawn < total:
        title += f", {drawn} of {total} images drawn"
    across = max(size * columns + 1.0, 4.2)
    title = fill(title, round(_LETTERS * across))
    figure, grid = new_figure(
        across,
        (size * min(max(height / width, 0.3), 3.0) + 0.2) * len(rows)
        + 0.3 + 0.2 * len(title.splitlines()),
        rows=len(rows), columns=columns,
    )  # fmt: skip
    look = {"vmin": 0.0, "vmax": 1.0} if scale is None else dict(zip(_SCALE, scale, strict=True))
    for panel in grid.flat[drawn:]:
        panel.set_axis_off()
    for i, row in enumerate(rows):
        for panel, (label, image) in zip(grid[i], row, strict=False):
            picture = panel.imshow(image, **look)
            panel.set_title(label, fontsize=8, pad=2)
            panel.set_xticks([])
            panel.set_yticks([])
            panel.spines[:].set(color=LIGHT.neutral, linewidth=0.5)
    figure.suptitle(title, fontsize=11)
    if scale is not None:
        figure.colorbar(picture, ax=grid, shrink=0.8, pad=0.02)
    return figure
