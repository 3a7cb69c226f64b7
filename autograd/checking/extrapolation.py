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
Mask = NDArray[np.bool_]

#: From one rung to the next. No power of 2 lies near a small power of it, so a period that fits
#: all rungs at once does not occur in practice.
RATIO = 3.7


#: What helps against round-off.
_LESS_ROUNDING = "compute f more precisely, or without its constant part"


@dataclass(frozen=True)
class Samples:
    """What functions φ of one variable t do on both sides of t = 0: the outputs along a line.

    Attributes
    ----------
    ahead, behind : (levels,) array
        Positive steps, falling.
    rise, fall : (levels, outputs) array
        φ(ahead) − φ(0) and φ(0) − φ(−behind); nan outside the domain.
    roundoff : (levels, outputs) array
        Bound on the round-off of each of those differences.
    noise : float
        How much of a change is easily due to the rounding of intermediate results: one number
        for all outputs, which may be made from one intermediate result.
    dust : float
        What rounding may leave where numbers of the inputs' size cancel.
    """

    ahead: Array
    behind: Array
    rise: Array
    fall: Array
    roundoff: Array
    noise: float = 0.0
    dust: float = 0.0

    @property
    def reach(self) -> Array:
        """For each step the largest change of each output over steps that are no longer."""
        sizes = np.nan_to_num(np.fmax(np.abs(self.rise), np.abs(self.fall)))
        return np.asarray(np.maximum.accumulate(sizes[::-1])[::-1])

    def of(self, outputs: Any) -> Samples:
        """Those of some outputs."""
        return replace(
            self,
            rise=self.rise[:, outputs],
            fall=self.fall[:, outputs],
            roundoff=self.roundoff[:, outputs],
        )

    def coarser(self, count: int) -> Samples:
        """The first rungs only."""
        return Samples(
            self.ahead[:count],
            self.behind[:count],
            self.rise[:count],
            self.fall[:count],
            self.roundoff[:count],
            self.noise,
            self.dust,
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
        "smooth"; "flat" (f does not change at all); "dust" (only by rounding, over long steps as
        over short ones); "edge" (the domain ends here, one side only); "kink" (two different
        one-sided derivatives); "jump"; "infinite"; "unknown".
    best, left, right : Candidate
        The derivative, and the one-sided ones.
    why : str
        What stands in the way of a derivative, and what would help, in words.
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


def slopes(samples: Samples) -> list[Slope]:
    """Judge the derivative of each output from a long ladder."""
    samples = _on_treads(samples)
    left, right = _one_sided(samples)
    central = _best(samples, samples.ahead + samples.behind, samples.rise + samples.fall, 2)
    reach = samples.reach
    is_dust = (reach[0] <= np.minimum(samples.dust, 10 * reach[-4])).tolist()
    outputs = range(samples.rise.shape[1])
    return [_slope(samples.of([o]), left[o], right[o], central[o], is_dust[o]) for o in outputs]


def _slope(
    samples: Samples, left: Candidate, right: Candidate, central: Candidate, is_dust: bool
) -> Slope:
    """The slope of one output, whose candidates are known."""
    rise, fall = samples.rise[:, 0], samples.fall[:, 0]
    goes_up, goes_down = np.isfinite(rise), np.isfinite(fall)
    if not goes_up.any() and not goes_down.any():
        return Slope("unknown", UNKNOWN, why="f is not finite near: check inside its domain")
    roundoff = samples.roundoff[:, 0]
    if not rise[goes_up].any() and not fall[goes_down].any():
        flat = Candidate(0.0, float(roundoff[0] / samples.ahead[0]))
        return Slope("flat", flat, flat, flat, f"f does not change: {_LESS_ROUNDING}")
    if is_dust:
        dust = Candidate(0.0, float(2 * samples.reach[0, 0] / samples.ahead[0]))
        return Slope("dust", dust, dust, dust, "f changes by rounding only")
    jumps = [_jump(rise[goes_up], roundoff), _jump(fall[goes_down], roundoff)]
    if any(jumps):
        size = max(jumps, key=abs)
        return Slope("jump", UNKNOWN, left, right, f"f jumps by {size:.3g} here: check beside it")
    growth = _infinite(samples)
    if growth:
        value = math.copysign(math.inf, growth)
        why = "the difference quotient grows without bound, to a vertical tangent: check beside it"
        return Slope("infinite", Candidate(value, 0.0), left, right, why)
    if not goes_down[-4:].any() or not goes_up[-4:].any():
        side = right if goes_up[-4:].any() else left
        return Slope("edge", side, left, right, _why_wide(side))
    if _apart(left, right):
        return _kink(left, right)
    sides = left.bar + right.bar
    if sides < 1e-3 * (abs(left.value) + abs(right.value)):
        return Slope("smooth", central, left, right, _why_wide(central))
    # Where the finest rungs are lost in round-off they may hide a kink that all others see.
    both = samples.ahead + samples.behind
    count = int((both >= 0.99 * central.step).sum()) + 6
    (afar_left,), (afar_right,) = _one_sided(samples.coarser(count))
    gap = abs(afar_left.value - afar_right.value)
    if _apart(afar_left, afar_right) and central.bar < 0.1 * gap:
        return _kink(afar_left, afar_right)
    return Slope("smooth", central, left, right, _why_wide(central))


def _on_treads(samples: Samples) -> Samples:
    """Count the treads of a staircase as round-off, if they are so low that they must be.

    A function computed in lower precision inside, or by a difference of large numbers, stands
    still over small steps and jumps over others; its slope is what it does over large ones.
    """
    changes = np.abs([samples.rise, samples.fall])
    still = ~changes[:, -3:].any(axis=(0, 1))
    tread = np.min(changes, axis=(0, 1), initial=np.inf, where=changes > 0)
    low = still & (tread <= 1e-5 * samples.reach[0])
    return replace(samples, roundoff=np.maximum(samples.roundoff, np.where(low, tread, 0.0)))


def _one_sided(samples: Samples) -> tuple[list[Candidate], list[Candidate]]:
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
        return "no two steps agree, as by noise or a pole: check at another point or scale"
    return f"round-off or noise hides the rest: {_LESS_ROUNDING}"


def _best(samples: Samples, steps: Array, change: Array, power: int) -> list[Candidate]:
    """For each output the candidate with the narrowest bar that no finer rung contradicts."""
    lengths = steps[:, None]
    quotients = change / lengths
    # A central difference is made of two.
    roundoff = power * samples.roundoff / lengths
    columns = np.stack(neville(steps, quotients, power, 5 if power == 2 else 6))
    if len(columns) < 3:
        return [UNKNOWN] * change.shape[1]
    roughness = _roughness(lengths, columns[2])
    hidden = np.maximum(0.05 * _largest_hidden(samples), samples.noise)
    roughness[roughness > power * hidden] = np.nan
    values = columns[1:]
    gain = np.abs(np.diff(columns, axis=0))
    gain[:, 1:] = np.fmax(gain[:, 1:], np.abs(np.diff(values, axis=1)))
    bars = 2 * gain + 3 * roughness / lengths + 2 * roundoff
    return _uncontradicted(values, bars, steps)


def _largest_hidden(samples: Samples) -> Array:
    """How large an oscillation too fast to see may be: what is as rough as that may be one.

    It is as large over short steps as over long ones, until they are short enough to see it.
    """
    reach = samples.reach
    lasts = np.ones(reach.shape, bool)
    lasts[:-2] = reach[2:] > 0.1 * reach[:-2]
    return np.where(lasts, reach, reach[0])


def _roughness(lengths: Array, column: Array) -> Array:
    """What the finer rungs show of the noise in φ, as the largest change they cannot explain.

    The last rungs have too few finer ones to tell: nan.
    """
    change = np.zeros_like(column)
    change[1:] = np.abs(np.diff(column, axis=0)) * lengths[1:]
    finite = np.isfinite(change)
    finite[0] = False
    finer = np.maximum.accumulate(np.where(finite, change, 0.0)[::-1])[::-1]
    known = np.cumsum(finite[::-1], axis=0)[::-1]
    result = np.full_like(column, np.nan)
    # Few samples of noise understate it.
    few = 1.0 + 9.0 / np.maximum(known[1:], 1)
    result[:-1] = np.where(known[1:] >= 3, few * finer[1:], np.nan)
    return result


def _uncontradicted(values: Array, bars: Array, steps: Array) -> list[Candidate]:
    """See `_best`; `values` and `bars` are (columns of the table, levels, outputs)."""
    columns, levels, outputs = values.shape
    values, bars = values.reshape(-1, outputs), bars.reshape(-1, outputs)
    level = np.tile(np.arange(levels), columns)[:, None]
    bars = np.where(np.isfinite(values) & np.isfinite(bars), bars, np.inf)
    found = [UNKNOWN] * outputs
    rest = np.arange(outputs)
    while True:
        rest = rest[np.isfinite(bars[:, rest]).any(axis=0)]
        if not rest.size:
            return found
        v, b = values[:, rest], bars[:, rest]
        best = np.argmin(b, axis=0), np.arange(len(rest))
        finer = level > level[best[0], 0]
        # The bar of what is out of the question is infinite, so that it contradicts nothing.
        contradicting = finer & (np.abs(v - v[best]) > 2 * (b + b[best]))
        rungs = contradicting.reshape(columns, levels, -1).any(axis=0).sum(axis=0)
        for i in np.flatnonzero(rungs < 2):  # One rung alone may be led astray by noise.
            place = best[0][i]
            step = float(steps[level[place, 0]])
            found[rest[i]] = Candidate(float(v[place, i]), float(b[place, i]), step)
        bars[:, rest] = np.where(finer & (rungs >= 2), b, np.inf)


def _jump(change: Array, roundoff: Array) -> float:
    """The height of a step at t = 0: what the change tends to; 0.0 if that is nothing."""
    finest = change[-6:]
    if len(finest) < 6:
        return 0.0
    size = np.abs(finest)
    if size.min() <= 1e3 * np.nanmax(roundoff) or size.max() > 1.1 * size.min():
        return 0.0
    return float(finest[-1])


def _infinite(samples: Samples) -> float:
    """±1 if the quotients grow from rung to rung by amounts that do not shrink; else 0."""
    signs = []
    for steps, changes in ((samples.ahead, samples.rise), (samples.behind, samples.fall)):
        change = changes[:, 0]
        clear = np.isfinite(change) & (np.abs(change) > 1e3 * samples.roundoff[:, 0])
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
