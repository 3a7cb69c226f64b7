"""How the cost grows: time ∝ size to some power, fitted over the works of a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.benchmarks.harness import Row


@dataclass
class Curve:
    """The seconds that one way of doing a series of works took, by size."""

    series: str
    label: str
    seconds: dict[int, float] = field(default_factory=dict)

    @property
    def exponent(self) -> float:
        """The slope of the straight line through the logarithms, by least squares."""
        return _slope(list(self.seconds.items()))

    @property
    def last_exponent(self) -> float:
        """The slope between the two largest sizes, where what each step costs anyway is over."""
        return _slope(sorted(self.seconds.items())[-2:])


def _slope(points: list[tuple[int, float]]) -> float:
    sizes, seconds = np.log(np.array(points)).T
    return float(np.polyfit(sizes, seconds, 1)[0])


def curves(rows: list[Row]) -> list[Curve]:
    """All curves of at least two points."""
    found: dict[tuple[str, str], Curve] = {}
    for row in rows:
        for label, seconds in _measured(row):
            curve = found.setdefault((row.series, label), Curve(row.series, label))
            curve.seconds[row.size] = seconds
    return [curve for curve in found.values() if curve.series and len(curve.seconds) > 1]


def _measured(row: Row) -> Iterator[tuple[str, float]]:
    yield f"{row.ours}, {row.mode}", row.ours_s
    if row.peer is not None and row.peer_s is not None:
        yield row.peer, row.peer_s


def plot(rows: list[Row], folder: Path) -> list[Path]:
    """Write a picture of each series, as SVG and PNG; both axes are logarithmic."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    drawn, written = curves(rows), []
    for series in dict.fromkeys(curve.series for curve in drawn):
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.add_subplot(xscale="log", yscale="log", xlabel=series, ylabel="seconds")
        for curve in drawn:
            if curve.series == series:
                points = sorted(curve.seconds.items())
                label = f"{curve.label}: {series}^{curve.exponent:.2f}"
                axes.plot(*zip(*points, strict=True), marker="o", label=label)
        axes.grid(which="major", alpha=0.3)
        axes.legend(fontsize="small")
        for suffix in ("svg", "png"):
            path = folder / f"growth-{series}.{suffix}"
            figure.savefig(path)
            written.append(path)
    return written
