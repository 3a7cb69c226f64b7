"""The two functions that users call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.checker import Checker
from autograd.checking.declarations import structure_of_inputs
from autograd.checking.domains import ANYWHERE, Domain, as_domains
from autograd.checking.foreign import OfJax, OfTorch, is_jax, is_torch, plain
from autograd.checking.inputs import Input, as_input
from autograd.checking.modes import compare_modes, gradient_function
from autograd.checking.report import POLICIES, Report
from autograd.checking.subjects import ByHand, OfNodes, Subject

Function = Callable[..., Any]


def gradcheck(
    f: Function,
    *inputs: Any,
    vjp: Function | None = None,
    gradient: Function | None = None,
    order: int = 1,
    domain: Any = None,
    probe: bool = True,
    fast: bool = False,
    inconclusive: str = "confirm",
    seed: int = 0,
) -> Report:
    """Check derivatives against difference quotients with error bars.

    Parameters
    ----------
    f : callable
        Takes the inputs and returns a number or an array. Without `vjp` and `gradient` it is
        built from nodes, of PyTorch tensors or of JAX arrays, and their reverse mode is checked.
    *inputs : float, array, Value, Tensor, torch.Tensor or jax.Array
        Where to check, and with respect to what.
    vjp : callable, optional
        A derivative written by hand, for a numpy function: ``vjp(cotangent, *inputs)`` returns
        one array per input, or a bare array if there is one input.
    gradient : callable, optional
        The same for an `f` that returns a scalar: ``gradient(*inputs)``.
    order : {1, 2}
        2 checks second derivatives too, of functions built from nodes.
    domain : optional
        Where `f` is defined: an interval ``(low, high)``, ``"positive"``, ``"spd"`` (a symmetric
        positive definite matrix), ``"symmetric"``, a predicate on arrays, or a list with one for
        each input. Never left. Where `f` raises or returns nan counts as outside anyway.
    probe : bool, default True
        Also look at points nearby, mirrored, larger and smaller.
    fast : bool, default False
        For large inputs: random directions in place of elements. The report says what that cannot
        see.
    inconclusive : {"confirm", "fail", "pass"}
        What an element does to `ok` of which nothing can be told at the given point: it counts as
        failed unless the same element is found right at a probe; always; never.
    seed : int, default 0
        For probes and directions.

    Returns
    -------
    Report
        Prints as what to do; true if nothing is wrong.

    Raises
    ------
    TypeError
        If an input or the output is complex or holds no floating numbers.
    ValueError
        If the options do not fit each other or the function.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import gradcheck
    >>> gradcheck(np.sin, np.linspace(-2, 2, 5)).ok
    True
    >>> report = gradcheck(lambda x: np.sum(x**2), np.ones(3), gradient=lambda x: x)
    >>> report.worst.hint
    'half the estimate: a missing factor 2?'

    Notes
    -----
    The differences are Richardson's on a ladder of steps, with the bars of
    `autograd.checking.extrapolation`. At a kink every value between the one-sided derivatives is
    accepted. Where all is well a check of n numbers costs some 6 n + 50 evaluations and 20 of the
    derivative. The other points are looked at once no number is wrong at the given one.
    """
    _check_options(vjp, gradient, order, inconclusive)
    if order == 2 and any(is_torch(x) or is_jax(x) for x in inputs):
        raise ValueError("order=2 needs a function built from this package's nodes.")
    if not inputs:
        raise ValueError("gradcheck needs the inputs of f: gradcheck(f, x, y).")
    taken = [as_input(i, plain(x)) for i, x in enumerate(inputs)]
    subject = _subject(f, inputs, taken, vjp, gradient)
    domains = as_domains(domain, len(inputs))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if isinstance(subject, OfNodes) and domain is None:
            domains = _declared_domains(subject, taken)
        report = _run(subject, taken, domains, probe, fast, seed, inconclusive)
        if isinstance(subject, OfNodes) and (report.inputs or fast):
            report.problems += compare_modes(f, taken, seed)
            if order == 2:
                second = OfNodes(gradient_function(f, taken, seed), taken)
                report.second = _run(second, taken, domains, probe, fast, seed, inconclusive)
                report.second.claimant = "reverse mode, applied twice"
    return report


def assert_gradients(f: Function, *inputs: Any, **options: Any) -> Report:
    """Run `gradcheck` and raise unless it is ok.

    Raises
    ------
    AssertionError
        With the report as its message.
    """
    __tracebackhide__ = True
    report = gradcheck(f, *inputs, **options)
    if not report.ok:
        raise AssertionError(str(report))
    return report


def _run(
    subject: Subject,
    taken: Sequence[Input],
    domains: Sequence[Domain],
    probe: bool,
    fast: bool,
    seed: int,
    inconclusive: str,
) -> Report:
    checker = Checker(subject, taken, domains, fast=fast, seed=seed, policy=inconclusive)
    if subject.claimant == "gradient" and checker.centre.size != 1:
        raise ValueError(
            f"gradient= is for a function that returns a scalar, but f returned shape "
            f"{checker.shape}; give vjp= instead."
        )
    return checker.run(probe)


def _subject(
    f: Function,
    inputs: Sequence[Any],
    taken: Sequence[Input],
    vjp: Function | None,
    gradient: Function | None,
) -> Subject:
    if vjp is not None or gradient is not None:
        return ByHand(f, taken, vjp, gradient)
    if any(is_torch(x) for x in inputs):
        return OfTorch(f, taken)
    if any(is_jax(x) for x in inputs):
        return OfJax(f, taken)
    return OfNodes(f, taken)


def _declared_domains(subject: OfNodes, taken: Sequence[Input]) -> list[Domain]:
    found = structure_of_inputs(subject, [i.array for i in taken])
    return [
        d if d is not None and d.contains(i.array) else ANYWHERE
        for d, i in zip(found, taken, strict=True)
    ]


def _check_options(vjp: Any, gradient: Any, order: int, inconclusive: str) -> None:
    if vjp is not None and gradient is not None:
        raise ValueError("give either vjp= or gradient=, not both.")
    if order not in (1, 2):
        raise ValueError(f"order= is 1 or 2, but {order!r} was given.")
    if order == 2 and (vjp is not None or gradient is not None):
        raise ValueError(
            "order=2 needs a function built from nodes; to check second derivatives written by "
            "hand, check the gradient as a function of its own."
        )
    if inconclusive not in POLICIES:
        raise ValueError(
            f"inconclusive= is one of {', '.join(map(repr, POLICIES))}, not {inconclusive!r}."
        )
