"""The network as a graph of its weight layers: what feeds what, and what cannot be bypassed."""

from __future__ import annotations

from collections.abc import Iterator

from viz.health.places import DATA, LOOKUP, Places


class Network:
    """The ways that the signal takes through the weight layers of a graph.

    Layers are bits, as in `Places`, and sets of them are integers.
    """

    def __init__(self, places: Places, outputs: int) -> None:
        self._fed = places.fed
        self._outputs = outputs
        #: For each layer, and for what is looked up, the layers that it feeds.
        self._feeds = dict.fromkeys([LOOKUP, *self._fed], 0)
        for bit, sources in self._fed.items():
            for source in _each(sources & ~DATA):
                self._feeds[source] |= bit
        self._inevitable = self._find_inevitable()

    def _find_inevitable(self) -> dict[int, int]:
        """For each layer, the layers that every way from it to the loss leads through."""
        everything = sum(self._feeds)
        found = {bit: 0 if bit & self._outputs else everything for bit in self._feeds}
        changed = True
        while changed:
            changed = False
            for bit in reversed(self._feeds):
                common = 0 if bit & self._outputs else everything
                for after in _each(self._feeds[bit] & ~bit):
                    common &= found[after]
                if common | bit != found[bit]:
                    found[bit], changed = common | bit, True
        return found

    def chains(self) -> Iterator[list[int]]:
        """For each source of data, the layers that all of its signal has to pass, in order."""
        for bit, sources in self._fed.items():
            # Without any source a layer was given zeros.
            if sources & DATA or not sources:
                yield list(_each(self._inevitable[bit]))
        if self._feeds[LOOKUP]:
            yield list(_each(self._inevitable[LOOKUP] & ~LOOKUP))

    def is_output(self, bit: int) -> bool:
        """Whether no other layer comes after."""
        return not self._feeds[bit] & ~bit

    def starving(self, silent: set[int]) -> set[int]:
        """The layers that are given nothing of the data if some layers give nothing."""
        alive, before = DATA | LOOKUP, 0
        while alive != before:
            before = alive
            for bit, sources in self._fed.items():
                if bit not in silent and sources & alive:
                    alive |= bit
        return {bit for bit, sources in self._fed.items() if not sources & alive}

    def feeds(self, bit: int, other: int) -> bool:
        """Whether a layer feeds another, no third in between."""
        return bit != other and bool(self._feeds[bit] & other)


def _each(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest
