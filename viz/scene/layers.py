"""Which column a node stands in, and in which order the nodes of a column stand.

A layered layout after Sugiyama, Tagawa and Toda (1981): columns by longest path, a stand-in in
every column that an edge passes, and a few sweeps that move everything towards the mean place of
its neighbours. Only the structure is asked, so the same structure is always drawn the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

#: So many long links of one node run separately; more of them run as a trunk that branches, since
#: side by side they would outnumber everything else.
SEPARATE = 3


def assign_layers(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """Give every node a column, right of its operands and not far from what is made of it.

    Parameters
    ----------
    count : int
        How many nodes there are.
    links : sequence of (operand, consumer)
        No cycles; several links between the same two are allowed.

    Returns
    -------
    list of int
        The column of each node, from 0.
    """
    operands: list[list[int]] = [[] for _ in range(count)]
    consumers: list[list[int]] = [[] for _ in range(count)]
    for operand, consumer in links:
        operands[consumer].append(operand)
        consumers[operand].append(consumer)
    order = _topological(operands, consumers)
    layer = [0] * count
    for node in order:
        for operand in operands[node]:
            layer[node] = max(layer[node], layer[operand] + 1)
    # Leaves, and what is made of a leaf that serves nothing else, such as w·x, move up to where
    # they are used; other nodes do if that makes the links shorter in all. What comes from a
    # trunk costs nothing: that runs along anyway.
    for node in reversed(order):
        if not consumers[node]:
            continue
        own = [x for x in operands[node] if len(consumers[x]) == 1]
        has_leaf = any(not operands[x] for x in own)
        lengthened = sum(1 < len(consumers[x]) <= SEPARATE + 1 for x in operands[node])
        shortened = len(consumers[node])
        if not operands[node] or shortened > lengthened or (shortened == lengthened and has_leaf):
            layer[node] = min(layer[x] for x in consumers[node]) - 1
    return layer


def _topological(operands: list[list[int]], consumers: list[list[int]]) -> list[int]:
    """All nodes, operands first."""
    missing = [len(x) for x in operands]
    order = [node for node, n in enumerate(missing) if n == 0]
    for node in order:
        for consumer in consumers[node]:
            missing[consumer] -= 1
            if missing[consumer] == 0:
                order.append(consumer)
    return order


def order_layers(
    layers: list[list[int]], before: list[list[int]], after: list[list[tuple[int, float]]]
) -> None:
    """Sort the items of each column so that few links cross, in place.

    Parameters
    ----------
    layers : list of list of int
        The items (nodes and stand-ins) of each column.
    before, after : list of list
        The neighbours of each item in the column before; and in the one after, with the height
        of the slot there, between −½ at its top and ½ at its bottom.
    """
    place = [0.0] * len(before)
    for layer in layers:
        _number(layer, place)
    for _ in range(4 if len(before) < 3000 else 2):
        for layer in reversed(layers[:-1]):
            _sort(
                layer,
                place,
                {i: [place[j] + slot for j, slot in after[i]] for i in layer if after[i]},
            )
        for layer in layers[1:]:
            _sort(layer, place, {i: [place[j] for j in before[i]] for i in layer if before[i]})


def _sort(layer: list[int], place: list[float], wanted: dict[int, list[float]]) -> None:
    key = {i: sum(places) / len(places) for i, places in wanted.items()}
    layer.sort(key=lambda i: key.get(i, place[i]))
    _number(layer, place)


def _number(layer: list[int], place: list[float]) -> None:
    for i, item in enumerate(layer):
        place[item] = float(i)
