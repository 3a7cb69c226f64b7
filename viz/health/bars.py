"""Bars of letters on a log scale, for tables in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

#: Letters in a full bar.
_CELLS = 16
#: Powers of ten between one cell and a full bar: not so few that healthy layers look unlike each
#: other, nor so many that one layer without a gradient makes all others look alike.
_LEAST, _MOST = 4.0, 12.0


class Bars:
    """Bars that compare positive sizes, on a log scale over the range there is.

    Parameters
    ----------
    sizes : iterable of float
        All that will be drawn. The scale is for the numbers above 0 among them.

    Attributes
    ----------
    least, most : float
        What one cell stands for, as for all that is smaller but not 0; and what a full bar does.
    """

    def __init__(self, sizes: Iterable[float]) -> None:
        known = [size for size in sizes if 0 < size < math.inf] or [1.0]
        self.most = max(known)
        self._decades = min(max(math.log10(self.most) - math.log10(min(known)), _LEAST), _MOST)
        self.least = self.most / 10**self._decades

    def draw(self, size: float) -> str:
        """One bar."""
        if not size > 0:
            return "·" * _CELLS
        share = 1 + (math.log10(size) - math.log10(self.most)) / self._decades
        filled = 1 + round(min(max(share, 0.0), 1.0) * (_CELLS - 1))
        return "█" * filled + "·" * (_CELLS - filled)
