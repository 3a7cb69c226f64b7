"""Cases, as in `tests.autograd.rules.cases`, for the rules in ufuncs.py and special.py."""

from __future__ import annotations

from tests.autograd.rules.cases import (
    ANY,
    OFF_ZERO,
    POSITIVE,
    Case,
    between,
    far_from_zero,
    lattice,
    unary,
)

UNIT = between(0.3, 0.7)
INSIDE_ONE = between(-0.8, 0.8)

CASES: dict[str, Case] = {
    # numpy
    "float_power": Case((POSITIVE, ANY)),
    "cbrt": unary(far_from_zero),
    "fabs": unary(OFF_ZERO),
    "copysign": Case((OFF_ZERO, OFF_ZERO)),
    # quotients off the whole numbers
    "floor_divide": Case((OFF_ZERO, between(1.0, 1.005))),
    "remainder": Case((OFF_ZERO, between(1.0, 1.005))),
    "fmod": Case((OFF_ZERO, between(1.0, 1.005))),
    "fraction": unary(OFF_ZERO),
    "ldexp": Case((ANY, ANY)),
    "logaddexp": Case((ANY, ANY)),
    "logaddexp2": Case((ANY, ANY)),
    "arcsin": unary(INSIDE_ONE),
    "arccos": unary(INSIDE_ONE),
    "arcsinh": unary(ANY),
    "arccosh": unary(between(1.2, 3.0)),
    "arctanh": unary(INSIDE_ONE),
    "deg2rad": unary(ANY),
    "rad2deg": unary(ANY),
    "hypot": Case((far_from_zero, far_from_zero)),
    "arctan2": Case((far_from_zero, far_from_zero)),
    "fmax": Case((lattice(0.0), lattice(0.15))),
    "fmin": Case((lattice(0.0), lattice(0.15))),
    "heaviside": Case((OFF_ZERO, ANY)),
    "nextafter": Case((ANY, ANY)),
    "nan_to_num": unary(ANY, nan=1.0, posinf=2.0, neginf=3.0),
    "round": unary(OFF_ZERO, decimals=0),
    "sinc": Case(
        (ANY,), configs=tuple(((s,), {"order": n}) for n in range(4) for s in ((), (2, 3)))
    ),
    "i0": Case((ANY,), configs=tuple(((s,), {"order": n}) for n in range(4) for s in ((), (2, 3)))),
    # scipy.special
    "erf": unary(ANY),
    "erfc": unary(ANY),
    "erfinv": unary(INSIDE_ONE),
    "erfcx": unary(ANY),
    "ndtr": unary(ANY),
    "ndtri": unary(UNIT),
    "log_ndtr": unary(ANY),
    "logit": unary(UNIT),
    "log_expit": unary(ANY),
    "entr": unary(POSITIVE),
    "xlogy": Case((ANY, POSITIVE)),
    "xlog1py": Case((ANY, POSITIVE)),
    "polygamma": unary(POSITIVE, order=2),
    "psi": unary(POSITIVE),
    "gamma": unary(POSITIVE),
    "gammaln": unary(POSITIVE),
    "ive": unary(far_from_zero, order=2),
    "i0e": unary(far_from_zero),
    "i1e": unary(far_from_zero),
    "i1": unary(ANY),
}
