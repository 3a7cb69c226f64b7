"""What a score is, and the table of all of them."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Seeds of the splits, of the first weights and of all else that is left to chance.
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Task:
    """Something to learn, and how well it must be learned.

    `run` takes a seed and gives the figure by which the task is judged, on records that were
    never learned from: a share of right answers, which must reach the `bar`, or else a cost in
    `nats` per character, which must not pass it. The bar may be what something else gives with
    the same seed. Each run may take so many `minutes`.
    """

    name: str
    data: str
    run: Callable[[int], float]
    bar: float | Callable[[int], float]
    minutes: float | None = None
    nats: bool = False

    def text(self, figure: float) -> str:
        return f"{figure:.3f}" if self.nats else f"{100 * figure:.2f} %"


@dataclass(frozen=True)
class Score:
    """What a task gave with each seed, and how long each run took."""

    task: Task
    bar: float
    figures: list[float]
    seconds: list[float]

    @property
    def mean(self) -> float:
        return statistics.mean(self.figures)

    @property
    def met(self) -> bool:
        """Whether the mean reaches the bar, and every run was done in time."""
        minutes = self.task.minutes
        in_time = minutes is None or max(self.seconds) <= 60 * minutes
        good = self.mean <= self.bar if self.task.nats else self.mean >= self.bar
        return good and in_time


def measure(task: Task) -> Score:
    """Run a task with every seed, and say on standard error how it goes."""
    figures, seconds = [], []
    for seed in SEEDS:
        start = time.perf_counter()
        figures.append(task.run(seed))
        seconds.append(time.perf_counter() - start)
        note = f"{task.name}, seed {seed}: {task.text(figures[-1])} in {seconds[-1]:.0f} s"
        print(note, file=sys.stderr, flush=True)
    bar = task.bar if isinstance(task.bar, float) else statistics.mean(map(task.bar, SEEDS))
    return Score(task, bar, figures, seconds)


def table(scores: Sequence[Score]) -> str:
    """Scores in Markdown."""
    head = ("model", "data, learned from/held out", "bar", "held out", "each seed", "longest run")
    rows = [head, ("---",) * len(head), *map(_row, scores)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(score: Score) -> tuple[str, ...]:
    task, mean = score.task, score.task.text(score.mean)
    limit = "" if task.minutes is None else f" of {60 * task.minutes:.0f} s"
    return (
        task.name,
        task.data,
        f"{'≤' if task.nats else '≥'} {task.text(score.bar)}",
        f"**{mean}**" if score.met else f"{mean} (missed)",
        ", ".join(map(task.text, score.figures)),
        f"{max(score.seconds):.0f} s{limit}",
    )


def data_folder(name: str) -> Path:
    """A folder with real data.

    Raises
    ------
    SystemExit
        If nobody said where it is.
    """
    folder = Path(os.environ.get("GLASSGRAD_DATA", ""), name)
    if "GLASSGRAD_DATA" not in os.environ or not folder.is_dir():
        raise SystemExit(f"real data are needed: set GLASSGRAD_DATA to a folder with {name}/ in it")
    return folder
