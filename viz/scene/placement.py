"""How high the items of a column stand: as near to their neighbours as they fit."""

from __future__ import annotations


def settle(wanted: list[float], weights: list[float], gaps: list[float]) -> list[float]:
    """Places that keep their order and distances, as near as possible to the wanted ones.

    Minimises Σ wᵢ (yᵢ − wantedᵢ)² subject to yᵢ₊₁ − yᵢ ≥ gapᵢ. With the gaps subtracted this is
    isotonic regression, which pooling adjacent violators solves exactly, in linear time.

    Parameters
    ----------
    wanted, weights : list of float
        One per item; weights are positive.
    gaps : list of float
        The least distance of each item from the one before; gaps[0] is not used.
    """
    # Pools: [weighted mean, weight, number of items].
    pools: list[tuple[float, float, int]] = []
    offsets: list[float] = []
    offset = 0.0
    for i, (place, weight) in enumerate(zip(wanted, weights, strict=True)):
        if i:
            offset += gaps[i]
        offsets.append(offset)
        mean, size = place - offset, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_size = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight += other_weight
            size += other_size
        pools.append((mean, weight, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def place_layers(
    layers: list[list[int]],
    heights: list[float],
    weights: list[float],
    before: list[list[int]],
    after: list[list[int]],
) -> list[float]:
    """The middle of every item, measured downwards.

    Parameters
    ----------
    layers : list of list of int
        The items of each column, in order.
    heights : list of float
        How high each item is; those of height 0 are stand-ins for links that pass.
    weights : list of float
        How much each item draws its neighbours to itself, and how little it gives way.
    before, after : list of list of int
        Neighbours of each item in the column before and after.
    """
    middles = [0.0] * len(heights)
    gaps = [[_distance(heights, a, b) for a, b in zip(x[:1] + x, x, strict=False)] for x in layers]
    layer_weights = [[weights[i] for i in layer] for layer in layers]

    def settle_layer(column: int, neighbours: list[list[int]]) -> None:
        layer = layers[column]
        wanted = []
        for i in layer:
            near = neighbours[i]
            if len(near) > 1:
                pull = sum([weights[j] for j in near])
                wanted.append(sum([middles[j] * weights[j] for j in near]) / pull)
            else:
                wanted.append(middles[near[0] if near else i])
        for i, y in zip(layer, settle(wanted, layer_weights[column], gaps[column]), strict=True):
            middles[i] = y

    nowhere: list[list[int]] = [[]] * len(heights)
    for column in range(len(layers)):
        settle_layer(column, nowhere)
        _centre(layers[column], middles)
    backwards, forwards = range(len(layers) - 2, -1, -1), range(1, len(layers))
    for _ in range(2):
        for column in backwards:
            settle_layer(column, after)
        for column in forwards:
            settle_layer(column, before)
    both = [[*a, *b] for a, b in zip(before, after, strict=True)]
    for column in backwards:
        settle_layer(column, both)
    return middles


def _distance(heights: list[float], a: int, b: int) -> float:
    """The least distance between the middles of two items that stand one above the other."""
    space = 18.0 if heights[a] and heights[b] else 12.0
    return (heights[a] + heights[b]) / 2 + space


def _centre(layer: list[int], middles: list[float]) -> None:
    middle = (middles[layer[0]] + middles[layer[-1]]) / 2
    for i in layer:
        middles[i] -= middle
