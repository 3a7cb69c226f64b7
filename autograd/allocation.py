"""Memory for nodes and arrays: what recording and sweeps would otherwise wait for.

**Blank nodes by the page**, so that recording does not wake the cyclic garbage collector. Python's
collector starts whenever some 700 more containers have been made than freed, and walks all that it
knows, again and again, while a graph of scalars grows: more time than the recording itself takes,
and in vain, for a graph has no cycles. Nodes that were allocated beforehand, many at once and while
the collector pauses, do not count one by one.

A page is as large as the graph has grown since the last sweep, so that small graphs do not hoard
memory and large ones ask rarely. The collector's settings are as before when it is over.

**Freed arrays stay with the process.** glibc hands memory back to the system whenever an array of
more than 128 kB is freed, until a larger one has been freed once; the next step then waits for the
same pages again, one by one, which was half of the time of a transformer block. Freeing one large
array, of which no page was touched, sets the limit (PyTorch's import happens to do the same).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np

from autograd.recording import next_serial

_SMALLEST, _LARGEST = 16, 16384

#: In bytes. An array of 32 MB or more would leave glibc's limit as it is.
_LARGEST_KEPT = 31 << 20


class BlankNodes:
    """A stock of nodes of one class whose slots are unset.

    Parameters
    ----------
    node_class : type
        A class that can be allocated without `__init__`.
    """

    def __init__(self, node_class: type[Any]) -> None:
        self._class = node_class
        self._stock: list[Any] = []
        #: Take a blank; raises IndexError when there is none left, and `refill` gives one.
        self.take = self._stock.pop
        self.last_sweep = next_serial()

    def refill(self) -> Any:
        """Allocate a page and take one blank of it."""
        page = min(max(_SMALLEST, next_serial() - self.last_sweep), _LARGEST)
        blank = object.__new__(self._class)
        with collector_paused():
            # In one call, so that no other thread runs meanwhile.
            self._stock.extend(map(object.__new__, repeat(self._class, page)))
        return blank


@contextmanager
def collector_paused() -> Iterator[None]:
    """A block that makes many objects which stay, so that to look for garbage would be in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


np.empty(_LARGEST_KEPT, np.uint8)  # and free it
