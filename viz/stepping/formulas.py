"""The page of derivatives: for every operation of the table, what each operand receives.

Written as Python expressions, which `viz.stepping.notation` shows and the tests evaluate. Letters
are those of `autograd.rules`: x is the only operand, a and b are two, y is the result. G is the
gradient of the result.
"""

from __future__ import annotations

#: The local derivative ∂y/∂(operand) of the elementwise operations, one per argument slot.
LOCAL: dict[str, tuple[str, ...]] = {
    # arithmetic
    "add": ("1", "1"),
    "subtract": ("1", "-1"),
    "multiply": ("b", "a"),
    "divide": ("1 / b", "-y / b"),
    "negative": ("-1",),
    "positive": ("1",),
    "power": ("b * a ** (b - 1)", "y * log(a)"),
    "float_power": ("b * a ** (b - 1)", "y * log(a)"),
    "square": ("2 * x",),
    "sqrt": ("1 / (2 * y)",),
    "cbrt": ("1 / (3 * y ** 2)",),
    "reciprocal": ("-(y ** 2)",),
    "hypot": ("a / y", "b / y"),
    "remainder": ("1", "-floor(a / b)"),
    "fmod": ("1", "-trunc(a / b)"),
    "floor_divide": ("0", "0"),
    "fraction": ("1",),
    "ldexp": ("2 ** b", "y * log(2)"),
    # exponentials and logarithms
    "exp": ("y",),
    "exp2": ("y * log(2)",),
    "expm1": ("y + 1",),
    "log": ("1 / x",),
    "log2": ("1 / (x * log(2))",),
    "log10": ("1 / (x * log(10))",),
    "log1p": ("1 / (1 + x)",),
    "logaddexp": ("sigmoid(a - b)", "sigmoid(b - a)"),
    "logaddexp2": ("2 ** (a - y)", "2 ** (b - y)"),
    # trigonometric and hyperbolic
    "sin": ("cos(x)",),
    "cos": ("-sin(x)",),
    "tan": ("1 + y ** 2",),
    "sinh": ("cosh(x)",),
    "cosh": ("sinh(x)",),
    "tanh": ("1 - y ** 2",),
    "arcsin": ("1 / sqrt(1 - x ** 2)",),
    "arccos": ("-1 / sqrt(1 - x ** 2)",),
    "arctan": ("1 / (1 + x ** 2)",),
    "arcsinh": ("1 / sqrt(x ** 2 + 1)",),
    "arccosh": ("1 / sqrt(x ** 2 - 1)",),
    "arctanh": ("1 / (1 - x ** 2)",),
    "arctan2": ("b / (a ** 2 + b ** 2)", "-a / (a ** 2 + b ** 2)"),
    "deg2rad": ("pi / 180",),
    "rad2deg": ("180 / pi",),
    "sinc": ("(cos(pi * x) - y) / x",),
    "angle": ("0",),
    # activation functions
    "sigmoid": ("y * (1 - y)",),
    "relu": ("1 if x > 0 else 0",),
    "leaky_relu": ("1 if x > 0 else negative_slope",),
    "elu": ("1 if x > 0 else y + alpha",),
    "softplus": ("sigmoid(x)",),
    "silu": ("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",),
    "gelu": ("normal_cdf(x) + x * exp(-(x ** 2) / 2) / sqrt(2 * pi)",),
    "gelu_tanh": ("y / x * (1 + (x - y) * sqrt(8 / pi) * (1 + 0.134145 * x ** 2))",),
    "step": ("0",),
    # losses
    "binary_cross_entropy": ("(a - b) / (a * (1 - a))", "log(1 - a) - log(a)"),
    "binary_cross_entropy_with_logits": ("sigmoid(a) - b", "-a"),
    # choices
    "abs": ("sign(x)",),
    "fabs": ("sign(x)",),
    "copysign": ("sign(a) * copysign(1, b)", "0"),
    "maximum": ("1 if a > b else 0.5 if a == b else 0", "1 if b > a else 0.5 if a == b else 0"),
    "minimum": ("1 if a < b else 0.5 if a == b else 0", "1 if b < a else 0.5 if a == b else 0"),
    "fmax": ("1 if a >= b else 0", "1 if b > a else 0"),
    "fmin": ("1 if a <= b else 0", "1 if b < a else 0"),
    "where": ("1 if condition else 0", "0 if condition else 1"),
    "clip": ("1 if a_min <= x <= a_max else 0",),
    "nan_to_num": ("1 if abs(x) < inf else 0",),
    "heaviside": ("0", "1 if a == 0 else 0"),
    # steps and types
    "sign": ("0",),
    "floor": ("0",),
    "ceil": ("0",),
    "rint": ("0",),
    "trunc": ("0",),
    "round": ("0",),
    "nextafter": ("1", "0"),
    "astype": ("1",),
    "copy": ("1",),
    # special functions
    "erf": ("2 / sqrt(pi) * exp(-(x ** 2))",),
    "erfc": ("-2 / sqrt(pi) * exp(-(x ** 2))",),
    "erfinv": ("sqrt(pi) / 2 * exp(y ** 2)",),
    "erfcx": ("2 * x * y - 2 / sqrt(pi)",),
    "normal_cdf": ("exp(-(x ** 2) / 2) / sqrt(2 * pi)",),
    "ndtr": ("exp(-(x ** 2) / 2) / sqrt(2 * pi)",),
    "ndtri": ("sqrt(2 * pi) * exp(y ** 2 / 2)",),
    "log_ndtr": ("exp(-(x ** 2) / 2 - y) / sqrt(2 * pi)",),
    "logit": ("1 / (x * (1 - x))",),
    "log_expit": ("sigmoid(-x)",),
    "entr": ("-1 - log(x)",),
    "xlogy": ("log(b)", "a / b"),
    "xlog1py": ("log(1 + b)", "a / (1 + b)"),
    "gamma": ("y * psi(x)",),
    "gammaln": ("psi(x)",),
    "psi": ("polygamma(1, x)",),
    "polygamma": ("polygamma(order + 1, x)",),
    "i0": ("i1(x)",),
    "i1": ("i0(x) - y / x",),
    "i0e": ("i1e(x) - sign(x) * y",),
    "i1e": ("i0e(x) - y / x - sign(x) * y",),
    "ive": ("(ive(order - 1, x) + ive(order + 1, x)) / 2 - sign(x) * y",),
}

#: Families of functions of which `LOCAL` has the first member only.
FIRST_OF_FAMILY = {"sinc", "i0"}

#: The largest local derivative that these ever have. Far below it they are saturated.
STEEPEST = {"tanh": 1.0, "sigmoid": 0.25, "softplus": 1.0, "elu": 1.0, "arctan": 1.0, "erf": 1.128}

_MOVED = ("rearranged(G)", "{op} only moves elements: each gets back what arrives at its new place")
_COPIED = (
    "sum_over_copies(G)",
    "{op} uses elements several times: each receives the sum over its copies",
)
_PICKED = (
    "broadcast(G) / ties if x == y else 0",
    "{op} hands all of it to the element that was chosen, in equal parts if there are several; "
    "the others receive exactly 0",
)

#: What an operand of the other operations receives, and that in words; one pair per argument slot,
#: of which the last serves all that follow.
WHOLE: dict[str, tuple[tuple[str, str], ...]] = {
    # matrices
    "matmul": (
        (
            "G @ T(b)",
            "every element of {a} collects the gradients of all results that it went into, each "
            "times the element of {b} that it was multiplied with",
        ),
        (
            "T(a) @ G",
            "every element of {b} collects the gradients of all results that it went into, each "
            "times the element of {a} that it was multiplied with",
        ),
    ),
    "inv": (("-T(y) @ G @ T(y)", "the inverse stands on both sides of what arrives"),),
    "solve": (
        ("-T(inv(a)) @ G @ T(y)", "the system is solved once more, with {a} transposed"),
        ("T(inv(a)) @ G", "the system is solved once more, with {a} transposed"),
    ),
    "det": (
        ("G * cofactor(x)", "every element receives its cofactor: what it is multiplied with"),
    ),
    "cross": (
        ("cross(b, G)", "what arrives is crossed with the other vector"),
        ("cross(G, a)", "what arrives is crossed with the other vector"),
    ),
    "einsum": (
        (
            "einsum(G, others)",
            "an einsum of what arrives with the other operands, its indices exchanged",
        ),
    ),
    "diagonal": (("on_diagonal(G)", "it goes to the diagonal; the rest of {x} receives 0"),),
    "embed_diagonal": (("diagonal(G)", "only what arrives on the diagonal counts"),),
    "tril": (("tril(G)", "only what arrives in the lower triangle counts"),),
    "triu": (("triu(G)", "only what arrives in the upper triangle counts"),),
    # convolution
    "correlate": (
        (
            "transposed_convolution(G, b)",
            "every input collects from each window that it lay in, times the weight it met there",
        ),
        (
            "convolution(a, G)",
            "one weight serves every position of the window, so it collects from all of them, "
            "each times the input it met there",
        ),
    ),
    "convolve": (("correlate(G, other)", "what arrives is correlated with the other operand"),),
    # reductions
    "sum": (("broadcast(G)", "every element that was added receives all of what arrives"),),
    "mean": (
        ("broadcast(G) / n", "each of the {n} elements of a mean receives 1/{n} of what arrives"),
    ),
    "prod": (
        (
            "broadcast(G) * y / x",
            "every factor receives what arrives times the product of the others",
        ),
    ),
    "max": (_PICKED,),
    "min": (_PICKED,),
    "nanmax": (_PICKED,),
    "nanmin": (_PICKED,),
    "var": (
        (
            "2 * broadcast(G) * (x - mean(x)) / n",
            "every element receives the more, the farther it is from the mean",
        ),
    ),
    "std": (
        (
            "broadcast(G) * (x - mean(x)) / (n * y)",
            "every element receives the more, the farther it is from the mean",
        ),
    ),
    "norm": (("broadcast(G) * x / y", "every element receives its share of the length, {x}/{y}"),),
    "p_norm": (
        (
            "broadcast(G) * sign(x) * (abs(x) / y) ** (p - 1)",
            "every element receives according to its share of the norm",
        ),
    ),
    "softmax": (
        (
            "y * (G - sum(G * y))",
            "the probabilities compete: what counts is how far what arrives lies above its "
            "average, so the contributions add up to 0",
        ),
    ),
    "log_softmax": (
        (
            "G - exp(y) * sum(G)",
            "each logit receives what arrives at it, less its probability of the sum of all",
        ),
    ),
    "logsumexp": (
        ("broadcast(G) * exp(x - y)", "what arrives is shared out in proportion to the softmax"),
    ),
    "cumsum": (("reversed_cumsum(G)", "an element is part of every later sum: it collects those"),),
    # selecting, joining
    "getitem": (("scatter(G)", "what was selected gets it back; the rest of {x} receives 0"),),
    "scatter": (("getitem(G)", "every element gets back what arrives where it was put"),),
    "concatenate": (("part_of(G)", "every piece takes its own part of what arrives"),),
    "stack": (("part_of(G)", "every piece takes its own part of what arrives"),),
    "pad": (("cropped(G)", "the margin is cut off; the inside passes unchanged"),),
    "repeat": (_COPIED,),
    "tile": (_COPIED,),
    "broadcast_to": (_COPIED,),
    "sliding_window_view": (_COPIED,),
    # moving
    "reshape": (_MOVED,),
    "transpose": (_MOVED,),
    "flip": (_MOVED,),
    "roll": (_MOVED,),
    "rot90": (_MOVED,),
    "sort": (_MOVED,),
    # between carriers, complex numbers
    "from_value": (("G", "{op} hands on what arrives unchanged"),),
    "to_value": (("G", "{op} hands on what arrives unchanged"),),
    "conjugate": (("conj(G)", "what arrives is conjugated"),),
    "real": (("G", "what arrives goes to the real part"),),
    "imag": (("i * G", "what arrives goes to the imaginary part"),),
}

#: For a linear operation without an entry, and for one that states its product as a whole.
LINEAR = ("adjoint(G)", "{op} is linear: what arrives goes back through its transpose")
OTHER = (
    "vjp(G)",
    "{op} states its product with what arrives as a whole; it has no derivative per element",
)

#: Operations on matrices, whose letters are capitals.
MATRICES = {"matmul", "inv", "solve", "det"}
