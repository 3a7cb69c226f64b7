"""What ``glassgrad demo`` does and prints."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

from viz.demo.experiment import (
    RECIPES,
    SIZES,
    Digits,
    Result,
    run_experiment,
    weight_gradients,
)
from viz.demo.page import compose_page
from viz.health.bars import Bars
from viz.scene.numbers import number


def run(folder: Path, *, epochs: int, seed: int, progress: bool) -> int:
    """Train, print, write; returns the exit code.

    Parameters
    ----------
    folder : Path
        Where the files go; made if need be.
    epochs, seed : int
        Of the training.
    progress : bool
        Whether to show progress bars.
    """
    started = time.perf_counter()
    try:
        digits = Digits.load(seed)
        folder.mkdir(parents=True, exist_ok=True)
    except ImportError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot write into {str(folder)!r}: {error.strerror or error}.")
    learned = f"{len(digits.x_train):,}".replace(",", " ")
    _say(f"{learned} images to learn from, {len(digits.x_test)} held out.")
    _say(f"Units of both networks, from pixels to digits: {' → '.join(map(str, SIZES))}.")
    results = []
    for recipe in RECIPES:
        _say(f"\nTraining: {recipe.words}")
        results.append(run_experiment(recipe, digits, epochs=epochs, seed=seed, progress=progress))
    _say(report(results))
    page = compose_page(results, digits, epochs=epochs, seed=seed)
    try:
        files = _write(folder, results, page)
    except OSError as error:
        return _fail(f"cannot write into {str(folder)!r}: {error.strerror or error}.")
    _say(f"\nWritten in {time.perf_counter() - started:.0f} s:")
    for file in files:
        _say(f"  {file}")
    _say(f"\nOpen {files[0].resolve().as_uri()} in a browser.")
    return 0


def report(results: Sequence[Result]) -> str:
    """Accuracy, gradients layer by layer, and diagnosis, as plain text."""
    width = max(len(result.recipe.title) for result in results)
    lines = ["", "Right on held-out images"]
    for result in results:
        lines.append(f"  {result.recipe.title:<{width}}  {result.accuracy:6.1%}")
    for result in results:
        lines += ["", f"Gradient of the weights, layer by layer: {result.recipe.title}"]
        lines.append(f"  {'':6}{'before the first step':<28}after training")
        after = dict(weight_gradients(result.after))
        before = weight_gradients(result.before)
        bars = Bars(strength for _, strength in before)
        for name, strength in before:
            shown = f"{bars.draw(strength)} {number(strength, 2)}"
            lines.append(f"  {name:<6}{shown:<28}{number(after[name], 2)}".rstrip())
    for result in results:
        found = result.before.findings
        said = "\n".join(map(str, found)) or "nothing found: no layer is ill"
        lines += ["", f"Diagnosis before the first step: {result.recipe.title}"]
        lines.append(indent(said, "  "))
    return "\n".join(lines)


def _write(folder: Path, results: Sequence[Result], page: str) -> list[Path]:
    files = [folder / "index.html"]
    for result in results:
        files.append(result.network.save(folder / f"network-{result.recipe.key}.svg"))
        files.append(result.graph.save(folder / f"graph-{result.recipe.key}.svg"))
    files[0].write_text(page, encoding="utf-8")
    return files


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(sentence: str) -> int:
    print(f"glassgrad demo: {sentence}", file=sys.stderr)
    return 1
