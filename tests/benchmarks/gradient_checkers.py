"""Print how rightly and how fast gradient checkers judge, on the sets of this project.

    python -m tests.benchmarks.gradient_checkers [--seeds N] [--drawn N]

Every checker gets the same numpy function and the same claimed derivative: PyTorch's as a custom
function, JAX's as a custom_vjp through a callback. What a peer raises counts as an alarm, since
that is how peers report one. Seconds depend on the machine; the ratios are to PyTorch's slow mode,
of the totals and, as median and ninth decile, of single judgements.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import gradcheck
from tests.autograd.checking import drawn
from tests.autograd.checking.hard import HARD
from tests.autograd.checking.planted import PLANTED, Case

Judge = Callable[[Case, list[Any], int], bool]


def ours(case: Case, inputs: list[Any], seed: int) -> bool:
    return gradcheck(case.f, *inputs, vjp=case.vjp, seed=seed, **case.options).ok


def claimed(case: Case, gradient: Any, inputs: list[Any]) -> list[np.ndarray]:
    found = case.vjp(gradient, *inputs)
    return [np.array(g) for g in (found if isinstance(found, tuple | list) else [found])]


def torch_judge(**options: Any) -> Judge:
    import torch

    def judge(case: Case, inputs: list[Any], seed: int) -> bool:
        class Claim(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *xs: Any) -> Any:
                ctx.inputs = [np.array(x.detach().numpy()) for x in xs]
                return torch.from_numpy(np.array(case.f(*ctx.inputs)))

            @staticmethod
            def backward(ctx: Any, gradient: Any) -> Any:
                cotangent = np.array(gradient.numpy())[()]
                return tuple(map(torch.from_numpy, claimed(case, cotangent, ctx.inputs)))

        tensors = [torch.tensor(np.asarray(x), requires_grad=True) for x in inputs]
        torch.manual_seed(seed)
        return bool(torch.autograd.gradcheck(Claim.apply, tensors, **options))

    return judge


def jax_judge() -> Judge:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def judge(case: Case, inputs: list[Any], seed: int) -> bool:
        out = np.asarray(case.f(*map(np.array, inputs)))

        @jax.custom_vjp
        def f(*xs: Any) -> Any:
            kind = jax.ShapeDtypeStruct(out.shape, out.dtype)
            return jax.pure_callback(lambda *ys: np.array(case.f(*map(np.array, ys))), kind, *xs)

        def backward(xs: Any, gradient: Any) -> Any:
            kinds = tuple(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in xs)
            return jax.pure_callback(
                lambda g, *ys: tuple(claimed(case, np.array(g)[()], [np.array(y) for y in ys])),
                kinds, gradient, *xs,
            )  # fmt: skip

        f.defvjp(lambda *xs: (f(*xs), xs), backward)
        check_grads(f, tuple(map(jax.numpy.asarray, inputs)), order=1, modes=["rev"])
        return True

    return judge


def judges() -> dict[str, Judge]:
    return {
        "glassgrad": ours,
        "torch": torch_judge(),
        "torch, fast": torch_judge(fast_mode=True),
        "jax": jax_judge(),
    }


@dataclass
class Score:
    """How many judgements are right, of how many, and the seconds each took."""

    good: int = 0
    seconds: list[float] = field(default_factory=list)


def run(
    judges: dict[str, Judge], cases: Iterable[Case], seeds: Iterable[int], right: bool
) -> dict[str, Score]:
    """All checkers on each case in turn, so that a busy machine slows them alike."""
    scores = {name: Score() for name in judges}
    for case in cases:
        for seed in seeds:
            for name, judge in judges.items():
                inputs = case.draw(np.random.default_rng(seed))
                start = time.perf_counter()
                try:
                    verdict = judge(case, inputs, seed)
                except Exception:
                    verdict = False
                scores[name].seconds.append(time.perf_counter() - start)
                scores[name].good += verdict == right
    return scores


def show(name: str, scores: dict[str, Score]) -> None:
    """One line for each checker; times in multiples of PyTorch's slow mode, in all and by case."""
    theirs = np.array(scores["torch"].seconds)
    for checker, score in scores.items():
        seconds = np.array(score.seconds)
        middle, most = np.quantile(seconds / theirs, [0.5, 0.9])
        print(
            f"{name:16s} {checker:12s} {score.good:5d} of {len(seconds):4d} {seconds.sum():8.1f} "
            f"{seconds.sum() / theirs.sum():6.2f} {middle:7.2f} {most:6.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="inputs per case")
    parser.add_argument(
        "--drawn", type=int, default=200, help="cases drawn at random, of each kind"
    )
    parser.add_argument("--first", type=int, default=10_000, help="seed of the first of those")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    numbers = range(options.first, options.first + options.drawn)
    # The engine's own functions have no claim that could be handed to the others.
    hard = [case for case in HARD if case.vjp is not None]
    sets = (
        ("planted", PLANTED, range(options.seeds), False),
        ("hard but right", hard, range(options.seeds), True),
        ("planted, drawn", [drawn.planted(n) for n in numbers], [0], False),
        ("hard, drawn", [drawn.hard(n) for n in numbers], [0], True),
    )
    print(
        f"{'set':16s} {'checker':12s} {'right':>13s} {'seconds':>8s} {'ratio':>6s} {'median':>7s} "
        f"{'9 in 10':>6s}"
    )
    all_judges = judges()
    with np.errstate(all="ignore"):
        for name, cases, seeds, right in sets:
            show(name, run(all_judges, cases, seeds, right))


if __name__ == "__main__":
    main()
