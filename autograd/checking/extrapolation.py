"""Slopes by difference quotients on a ladder of steps, with error bars that hold.

Each rung of the ladder is a step; the quotients on it are extrapolated to step 0 (Richardson,
1911; in the form of Neville's table). Every entry of the table is a candidate, and its bar bounds
three things: what extrapolation still changes (truncation, after Ridders, 1982), the round-off of
the function in its own precision, and the roughness that the quotients of all finer rungs show.
A candidate is believed only if no finer rung contradicts it: so a fine structure that coarse steps
jump over, or a kink next to the point, is not taken for noise, nor noise for structure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: From one rung to the next. No power of 2 lies near a small power of it, so a period that fits
#: all rungs at once does not occur in practice.
RATIO = 3.7


@dataclass(frozen=True)
class Samples:
    """What a function of one variable t does on both sides of t = 0.

    Attributes
    ----------
    ahead, behind : (levels,) array
        Positive steps, falling.
    rise, fall : (levels,) array
        φ(ahead) − φ(0) and φ(0) − φ(−behind); nan outside the domain.
    roundoff : (levels,) array
        Bound on the round-off of each of those differences.
    noise : float
        How much of a change is easily due to the rounding of intermediate results.
    """

    ahead: Array
    behind: Array
    rise: Array
    fall: Array
    roundoff: Array
    noise: float = 0.0

    @property
    def reach(self) -> float:
        """The largest change."""
        return float(np.nanmax(np.abs([self.rise, self.fall]), initial=0.0))

    def coarser(self, count: int) -> Samples:
        """The first rungs only."""
        return Samples(
            self.ahead[:count],
            self.behind[:count],
            self.rise[:count],
            self.fall[:count],
            self.roundoff[:count],
            self.noise,
        )


@dataclass(frozen=True)
class Candidate:
    """A slope, how far off it may be, and the finest step it was made from."""

    value: float
    bar: float
    step: float = 0.0

    @property
    def low(self) -> float:
        """The least it may be."""
        return self.value - self.bar

    @property
    def high(self) -> float:
        """The most it may be."""
        return self.value + self.bar


UNKNOWN = Candidate(math.nan, math.inf)


@dataclass(frozen=True)
class Slope:
    """The derivative at t = 0, as far as it can be seen.

    Attributes
    ----------
    kind : str
        "smooth"; "flat" (f does not change at all); "edge" (the domain ends here, one side
        only); "kink" (two different one-sided derivatives); "jump"; "infinite"; "unknown".
    best, left, right : Candidate
        The derivative, and the one-sided ones.
    why : str
        What stands in the way of a derivative, in words.
    """

    kind: str
    best: Candidate
    left: Candidate = UNKNOWN
    right: Candidate = UNKNOWN
    why: str = ""


def neville(steps: Array, quotients: Array, power: int, columns: int) -> list[Array]:
    """Neville's table: column j holds quotients extrapolated over j + 1 neighbouring rungs.

    The rungs run along the first axis; `power` is the power of the step in which the error of a
    quotient expands: 2 for central ones, 1 for one-sided ones.
    """
    table = [quotients]
    for j in range(1, min(columns, len(steps) - 1) + 1):
        before = table[-1]
        weight = (steps[:-j] / steps[j:]) ** power - 1.0
        column = np.full_like(quotients, np.nan)
        gain = (before[j:] - before[j - 1 : -1]) / weight.reshape(-1, *[1] * (quotients.ndim - 1))
        column[j:] = before[j:] + gain
        table.append(column)
    return table


def curvature(samples: Samples, step: float) -> float:
    """The size of the second derivative, over steps of a given size."""
    level = int(np.argmin(np.abs(np.log(samples.ahead / step)))) if step else 0
    bend = abs(samples.rise[level] - samples.fall[level]) / samples.ahead[level] ** 2
    return float(bend) if np.isfinite(bend) else 0.0


def slope(samples: Samples) -> Slope:
    """Judge the derivative from a long ladder."""
    rise, fall = samples.rise, samples.fall
    if not np.isfinite(rise).any() and not np.isfinite(fall).any():
        return Slope("unknown", UNKNOWN, why="f is not finite anywhere near")
    if not np.nan_to_num(rise).any() and not np.nan_to_num(fall).any():
        flat = Candidate(0.0, float(samples.roundoff[0] / samples.ahead[0]))
        return Slope("flat", flat, flat, flat, "f does not change; what it rounds off may")
    samples = _on_treads(samples)
    rise, fall = samples.rise, samples.fall
    left, right = _one_sided(samples)
    jumps = [_jump(rise, samples.roundoff), _jump(fall, samples.roundoff)]
    if any(jumps):
        size = max(jumps, key=abs)
        return Slope("jump", UNKNOWN, left, right, f"f jumps by {size:.3g} at this point")
    growth = _infinite(samples)
    if growth:
        value = math.copysign(math.inf, growth)
        why = "the difference quotient grows without bound: a vertical tangent"
        return Slope("infinite", Candidate(value, 0.0), left, right, why)
    if not np.isfinite(fall[-4:]).any() or not np.isfinite(rise[-4:]).any():
        side = right if np.isfinite(rise[-4:]).any() else left
        return Slope("edge", side, left, right, _why_wide(side))
    both = samples.ahead + samples.behind
    central = _best(samples, both, rise + fall, 2)
    if _apart(left, right):
        return _kink(left, right)
    sides = left.bar + right.bar
    if sides < 1e-3 * (abs(left.value) + abs(right.value)):
        return Slope("smooth", central, left, right, _why_wide(central))
    # Where the finest rungs are lost in round-off they may hide a kink that all others see.
    count = int((both >= 0.99 * central.step).sum()) + 6
    afar = _one_sided(samples.coarser(count))
    if _apart(*afar) and central.bar < 0.1 * abs(afar[0].value - afar[1].value):
        return _kink(*afar)
    return Slope("smooth", central, left, right, _why_wide(central))


def _on_treads(samples: Samples) -> Samples:
    """Count the treads of a staircase as round-off, if they are so low that they must be.

    A function computed in lower precision inside, or by a difference of large numbers, stands
    still over small steps and jumps over others; its slope is what it does over large ones.
    """
    changes = np.abs([samples.rise, samples.fall])
    if changes[:, -3:].any():
        return samples
    tread = float(np.min(changes, initial=np.inf, where=changes > 0))
    if tread > 1e-5 * samples.reach:
        return samples
    return replace(samples, roundoff=np.maximum(samples.roundoff, tread))


def _one_sided(samples: Samples) -> tuple[Candidate, Candidate]:
    right = _best(samples, samples.ahead, samples.rise, 1)
    left = _best(samples, samples.behind, samples.fall, 1)
    return left, right


def _apart(left: Candidate, right: Candidate) -> bool:
    """Whether two one-sided derivatives differ by more than their bars and rounding allow."""
    gap = abs(right.value - left.value)
    size = max(abs(right.value), abs(left.value))
    return gap > 3 * (right.bar + left.bar) and gap > 1e-7 * size


def _kink(left: Candidate, right: Candidate) -> Slope:
    gap = abs(right.value - left.value)
    middle = Candidate((right.value + left.value) / 2, gap / 2 + left.bar + right.bar)
    return Slope("kink", middle, left, right, "the one-sided derivatives differ")


def _why_wide(candidate: Candidate) -> str:
    if not math.isfinite(candidate.bar):
        return "no two rungs of the ladder agree"
    return "round-off or noise in f hides the rest"


def _best(samples: Samples, steps: Array, change: Array, power: int) -> Candidate:
    """The candidate with the narrowest bar among those that no finer rung contradicts."""
    quotients = change / steps
    # A central difference is made of two.
    roundoff = power * samples.roundoff / steps
    reach = power * samples.reach
    table = neville(steps, quotients, power, 5 if power == 2 else 6)
    if len(table) < 3:
        return UNKNOWN
    roughness = _roughness(steps, table[2])
    # What looks as rough as the function is large may as well be an oscillation too fast to see.
    roughness[roughness > max(0.05 * reach, power * samples.noise)] = np.nan
    columns = np.stack(table)
    values = columns[1:]
    gain = np.abs(np.diff(columns, axis=0))
    gain[:, 1:] = np.fmax(gain[:, 1:], np.abs(np.diff(values, axis=1)))
    bars = 2 * gain + 3 * roughness / steps + 2 * roundoff
    levels = np.broadcast_to(np.arange(len(steps)), values.shape)
    return _uncontradicted(values.ravel(), bars.ravel(), levels.ravel(), steps)


def _roughness(steps: Array, column: Array) -> Array:
    """What the finer rungs show of the noise in φ, as the largest change they cannot explain.

    The last rungs have too few finer ones to tell: nan.
    """
    change = np.zeros_like(column)
    change[1:] = np.abs(np.diff(column)) * steps[1:]
    finite = np.isfinite(change)
    finite[0] = False
    finer = np.maximum.accumulate(np.where(finite, change, 0.0)[::-1])[::-1]
    known = np.cumsum(finite[::-1])[::-1]
    result = np.full_like(column, np.nan)
    # Few samples of noise understate it.
    few = 1.0 + 9.0 / np.maximum(known[1:], 1)
    result[:-1] = np.where(known[1:] >= 3, few * finer[1:], np.nan)
    return result


def _uncontradicted(values: Any, bars: Any, levels: Any, steps: Array) -> Candidate:
    usable = np.isfinite(values) & np.isfinite(bars)
    while usable.any():
        i = int(np.argmin(np.where(usable, bars, np.inf)))
        finer = usable & (levels > levels[i])
        contradicting = finer & (np.abs(values - values[i]) > 2 * (bars + bars[i]))
        # One rung alone may be led astray by noise.
        if len(np.unique(levels[contradicting])) < 2:
            return Candidate(float(values[i]), float(bars[i]), float(steps[levels[i]]))
        usable = finer
    return UNKNOWN


def _jump(change: Array, roundoff: Array) -> float:
    """The height of a step at t = 0: what the change tends to; 0.0 if that is nothing."""
    finest = change[np.isfinite(change)][-6:]
    if len(finest) < 6:
        return 0.0
    size = np.abs(finest)
    if size.min() <= 1e3 * np.nanmax(roundoff) or size.max() > 1.1 * size.min():
        return 0.0
    return float(finest[-1])


def _infinite(samples: Samples) -> float:
    """±1 if the quotients grow from rung to rung by amounts that do not shrink; else 0."""
    signs = []
    for steps, change in ((samples.ahead, samples.rise), (samples.behind, samples.fall)):
        clear = np.isfinite(change) & (np.abs(change) > 1e3 * samples.roundoff)
        if not np.isfinite(change[-4:]).any():
            continue  # the domain ends here
        places = np.flatnonzero(clear)[-10:]
        if len(places) < 8 or places[-1] - places[0] != len(places) - 1:
            return 0.0
        quotients = change[places] / steps[places]
        growth = np.diff(np.abs(quotients))
        if (
            growth.min() <= 0
            or (growth[1:] < 0.9 * growth[:-1]).any()
            or np.ptp(np.sign(change[places]))
        ):
            return 0.0
        signs.append(float(np.sign(quotients[-1])))
    return signs[0] if signs and len(set(signs)) == 1 else 0.0
