"""Where each entry of the table of derivatives is defined, and where it has kinks.

One declaration per entry, by name. A kink here is any place where no derivative exists: a corner,
a jump, a tie, a pole. Tests and strategies stay away from them; `gradcheck` itself finds kinks and
the ends of domains in the numbers, and asks here only which matrices have to stay symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.checking.domains import (
    ANYWHERE,
    DEFINITE,
    POSITIVE,
    SYMMETRIC,
    Domain,
    interval,
)
from autograd.checking.subjects import OfNodes
from autograd.node import Node

Array = np.ndarray[Any, Any]
Operands = Sequence[Array]
Params = dict[str, Any]


@dataclass(frozen=True)
class Kink:
    """Places without a derivative.

    Attributes
    ----------
    name : str
        Where, in words.
    distance : callable
        From operands and parameters to how far the nearest such place is.
    """

    name: str
    distance: Callable[[Operands, Params], float]


@dataclass(frozen=True)
class Declaration:
    """Domains of the operands (the last one holds for all that follow), and kinks."""

    domains: tuple[Domain, ...] = (ANYWHERE,)
    kinks: tuple[Kink, ...] = ()

    def domain(self, slot: int) -> Domain:
        """Where the operand in a slot has to lie."""
        return self.domains[min(slot, len(self.domains) - 1)]

    def distance(self, operands: Operands, params: Params) -> float:
        """How far the nearest kink is; inf if there is none."""
        return min((kink.distance(operands, params) for kink in self.kinks), default=np.inf)


def _least(x: Any) -> float:
    return float(np.min(np.abs(x), initial=np.inf))


def _closest_pair(x: Array) -> float:
    return _least(np.diff(np.sort(x, axis=None)))


def _to_whole(x: Any) -> float:
    return _least(x - np.round(x))


def _to_half(x: Array, params: Params) -> float:
    unit = 10.0 ** params.get("decimals", 0)
    return _to_whole(x * unit - 0.5) / float(unit)


def _to_bounds(x: Array, params: Params) -> float:
    bounds = [b for b in (params.get("a_min"), params.get("a_max")) if b is not None]
    return min((_least(x - bound) for bound in bounds), default=np.inf)


def _distinct_eigenvalues(x: Array) -> float:
    values = np.linalg.eigvals(x)
    gaps = np.abs(values[..., :, None] - values[..., None, :])
    n = values.shape[-1]
    return _least(gaps[..., ~np.eye(n, dtype=bool)])


def _distinct_singular_values(x: Array) -> float:
    values = np.linalg.svd(x, compute_uv=False)
    return min(_least(values), _least(np.diff(values, axis=-1)))


def _full_rank(x: Array) -> bool:
    return not x.size or bool((np.linalg.svd(x, compute_uv=False) > 1e-8).all())


AT_ZERO = Kink("at 0", lambda xs, p: _least(xs[0]))
ANY_AT_ZERO = Kink("where an operand is 0", lambda xs, p: min(map(_least, xs)))
DIVISOR_AT_ZERO = Kink("where the divisor is 0", lambda xs, p: _least(xs[-1]))
BOTH_ZERO = Kink("where both are 0", lambda xs, p: _least(np.hypot(*xs)))
AT_WHOLE = Kink("at whole numbers", lambda xs, p: _to_whole(xs[0]))
BETWEEN_WHOLE = Kink("halfway between", lambda xs, p: _to_half(xs[0], p))
WHOLE_QUOTIENT = Kink("where the quotient is whole", lambda xs, p: _to_whole(xs[0] / xs[1]))
TIE = Kink("where both are equal", lambda xs, p: _least(xs[0] - xs[1]))
TIES = Kink("where two elements are equal", lambda xs, p: _closest_pair(xs[0]))
EQUAL = Kink(
    "where all elements are equal", lambda xs, p: float(np.ptp(xs[0])) if xs[0].size else 0
)
BOUNDS = Kink("at the bounds", lambda xs, p: _to_bounds(xs[0], p))
POLES = Kink("at odd multiples of π/2", lambda xs, p: _to_whole(xs[0] / np.pi - 0.5) * np.pi)
CUT = Kink(
    "at the origin and left of it", lambda xs, p: _least(np.where(xs[1] < 0, xs[0], np.hypot(*xs)))
)
EQUAL_EIGENVALUES = Kink("equal eigenvalues", lambda xs, p: _distinct_eigenvalues(xs[0]))
EQUAL_SINGULAR = Kink("equal singular values", lambda xs, p: _distinct_singular_values(xs[0]))

INVERTIBLE = Domain("of full rank", _full_rank)
UNIT = interval(0.0, 1.0)
INSIDE_ONE = interval(-1.0, 1.0)
ABOVE_MINUS_ONE = interval(-1.0, np.inf)
FROM_ONE = interval(1.0, np.inf)

#: Smooth wherever they have a value, and they have one for all numbers.
_SMOOTH = [
    "add", "subtract", "multiply", "negative", "positive", "exp", "exp2", "expm1", "square",
    "sin", "cos", "sinh", "cosh", "tanh", "arctan", "arcsinh", "sigmoid", "softplus", "silu",
    "gelu", "gelu_tanh", "normal_cdf", "logaddexp", "logaddexp2", "deg2rad", "rad2deg", "sinc",
    "i0", "i1", "ldexp", "nan_to_num", "erf", "erfc", "erfcx", "ndtr", "log_ndtr", "log_expit",
    "conjugate", "real", "imag", "astype", "where", "copy", "reshape", "broadcast_to",
    "transpose", "flip", "roll", "rot90", "getitem", "scatter", "concatenate", "stack", "repeat",
    "tile", "sliding_window_view", "pad", "diagonal", "embed_diagonal", "tril", "triu", "sum",
    "mean", "var", "prod", "cumsum", "linear_recurrence", "multiply.accumulate",
    "logaddexp.accumulate", "softmax", "log_softmax", "logsumexp", "matmul", "einsum", "cross",
    "convolve", "correlate", "correlate_input", "correlate_weight", "det", "cofactor",
    "cofactor_slope", "fftn", "ifftn", "rfftn", "irfftn", "nextafter", "from_value", "to_value",
    "resample", "spread", "sum_pool", "sum_pool_input",
]  # fmt: skip

DECLARED: dict[str, Declaration] = {
    **dict.fromkeys(_SMOOTH, Declaration()),
    # corners and jumps of one number
    **dict.fromkeys(
        ("abs", "fabs", "sign", "relu", "leaky_relu", "elu", "step", "cbrt", "angle", "i0e", "i1e",
         "ive", "norm"),
        Declaration(kinks=(AT_ZERO,)),
    ),
    **dict.fromkeys(("floor", "ceil", "trunc", "fraction"), Declaration(kinks=(AT_WHOLE,))),
    **dict.fromkeys(("rint", "round"), Declaration(kinks=(BETWEEN_WHOLE,))),
    "clip": Declaration(kinks=(BOUNDS,)),
    "tan": Declaration(kinks=(POLES,)),
    "reciprocal": Declaration(kinks=(AT_ZERO,)),
    "heaviside": Declaration(kinks=(AT_ZERO,)),
    "p_norm": Declaration(kinks=(AT_ZERO,)),
    # of two numbers
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), Declaration(kinks=(TIE,))),
    **dict.fromkeys(
        ("floor_divide", "remainder", "fmod"),
        Declaration(kinks=(DIVISOR_AT_ZERO, WHOLE_QUOTIENT)),
    ),
    "divide": Declaration(kinks=(DIVISOR_AT_ZERO,)),
    "copysign": Declaration(kinks=(ANY_AT_ZERO,)),
    "hypot": Declaration(kinks=(BOTH_ZERO,)),
    "arctan2": Declaration(kinks=(CUT,)),
    # of several
    **dict.fromkeys(
        ("max", "min", "nanmax", "nanmin", "sort", "max_pool", "maximum.accumulate",
         "minimum.accumulate"),
        Declaration(kinks=(TIES,)),
    ),
    "std": Declaration(kinks=(EQUAL,)),
    # not for all numbers
    **dict.fromkeys(
        ("log", "log2", "log10", "sqrt", "entr", "gamma", "gammaln", "psi", "polygamma"),
        Declaration((POSITIVE,)),
    ),
    **dict.fromkeys(("power", "float_power"), Declaration((POSITIVE, ANYWHERE))),
    "log1p": Declaration((ABOVE_MINUS_ONE,)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh", "erfinv"), Declaration((INSIDE_ONE,))),
    "arccosh": Declaration((FROM_ONE,)),
    **dict.fromkeys(("logit", "ndtri", "quantile_position"), Declaration((UNIT,))),
    "xlogy": Declaration((ANYWHERE, POSITIVE)),
    "xlog1py": Declaration((ANYWHERE, ABOVE_MINUS_ONE)),
    # matrices
    **dict.fromkeys(("inv", "slogdet", "pinv", "qr"), Declaration((INVERTIBLE,))),
    "solve": Declaration((INVERTIBLE, ANYWHERE)),
    "cholesky": Declaration((DEFINITE,)),
    "eigh": Declaration((SYMMETRIC,), (EQUAL_EIGENVALUES,)),
    "eig": Declaration(kinks=(EQUAL_EIGENVALUES,)),
    "svd": Declaration(kinks=(EQUAL_SINGULAR,)),
}  # fmt: skip


def structure_of_inputs(subject: OfNodes, arrays: Operands) -> list[Domain | None]:
    """For each input the declared domain of an entry that takes it as a symmetric matrix.

    Such an entry (a Cholesky decomposition) reads half of the matrix; its derivative is that
    with respect to both halves together.
    """
    variables, out = subject.record(arrays)
    found: dict[Node, Domain] = {}
    seen: set[Node] = set()
    rest = [out] if isinstance(out, Node) else []
    while rest:
        node = rest.pop()
        if node in seen:
            continue
        seen.add(node)
        for slot, operand in enumerate(node.inputs):
            domain = DECLARED[node.op].domain(slot) if node.op in DECLARED else ANYWHERE
            if domain.symmetric:
                found[operand] = domain
            rest.append(operand)
    return [found.get(variable) for variable in variables]
