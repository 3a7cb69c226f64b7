"""History: the figures of all epochs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class History(dict[str, list[float]]):
    """What was measured in each epoch: a list per figure, such as ``history["val_loss"]``.

    Printed, or shown in a notebook, it is a table with a line per epoch; `viz.plot_history` draws
    it.

    Attributes
    ----------
    stopped : str
        Why training ended before its last epoch, such as Ctrl-C; empty if it did not.
    """

    stopped: str = ""

    def append(self, figures: Mapping[str, float]) -> None:
        """Add an epoch."""
        for name, value in figures.items():
            self.setdefault(name, []).append(value)

    def _rows(self) -> Iterator[list[str]]:
        """The epochs, with their numbers, as text."""
        for number, row in enumerate(zip(*self.values(), strict=True), start=1):
            yield [str(number), *(f"{value:.4f}" for value in row)]

    def __str__(self) -> str:
        widths = [5, *(max(len(name), 8) for name in self)]
        lines = [
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
            for row in (["epoch", *self], *self._rows())
        ]
        return "\n".join([*lines, f"stopped: {self.stopped}"] if self.stopped else lines)

    def _repr_html_(self) -> str:
        from html import escape  # only notebooks need it

        head = "".join(f"<th>{escape(name)}</th>" for name in ("epoch", *self))
        body = "".join(
            f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in self._rows()
        )
        note = f"<p>stopped: {escape(self.stopped)}</p>" if self.stopped else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
