"""The page of the demo: both networks side by side, and what happens in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

import numpy as np

from viz.demo.charts import curves, digit_image, gradient_bars, slopes
from viz.demo.experiment import (
    BATCH,
    LEARNING_RATE,
    MEASURED,
    MOMENTUM,
    SIZES,
    Digits,
    Result,
    weight_gradients,
)
from viz.health import Diagnosis
from viz.render.theme import style_sheet
from viz.scene.numbers import number
from viz.textbook.style import style_rules


def compose_page(results: Sequence[Result], digits: Digits, *, epochs: int, seed: int) -> str:
    """One self-contained HTML page; every figure in it comes from the results.

    Parameters
    ----------
    results : sequence of Result
        The sigmoid network and its repaired twin.
    digits : Digits
        What they learned from.
    epochs, seed : int
        Of the training.
    """
    ill, well = results
    folder = files("viz.demo")
    low, high = _decades(results)
    return Template(folder.joinpath("page.html").read_text("utf-8")).substitute(
        style=style_sheet() + style_rules() + folder.joinpath("page.css").read_text("utf-8"),
        layers=" → ".join(map(str, SIZES)),
        hidden=len(SIZES) - 2,
        trained=f"{len(digits.x_train):,}".replace(",", " "),
        held_out=len(digits.x_test),
        measured=MEASURED,
        epochs=epochs,
        seed=seed,
        batch=BATCH,
        rate=LEARNING_RATE,
        momentum=MOMENTUM,
        ill_accuracy=f"{ill.accuracy:.1%}",
        well_accuracy=f"{well.accuracy:.1%}",
        ill_loss=f"{ill.loss:.3f}",
        well_loss=f"{well.loss:.3f}",
        blind_loss=f"{math.log(SIZES[-1]):.3f}",
        ill_ratio=_ratio(ill),
        well_ratio=_ratio(well),
        ill_words=escape(ill.recipe.words),
        well_words=escape(well.recipe.words),
        ill_bars=_bars(ill, low, high),
        well_bars=_bars(well, low, high),
        ill_factors=_factors(ill.before),
        well_factors=_factors(well.before),
        ill_diagnosis=_findings(ill.before),
        well_diagnosis=_findings(well.before),
        ill_network=ill.network.svg,
        well_network=well.network.svg,
        ill_graph=ill.graph.svg,
        well_graph=well.graph.svg,
        answers=_answers(results, digits),
        slopes=slopes(),
        loss_curves=_curves(results, "val_loss"),
        accuracy_curves=_curves(results, "val_accuracy"),
    )


def _decades(results: Iterable[Result]) -> tuple[int, int]:
    """One scale for the bars of both networks."""
    sizes = [size for result in results for _, size in weight_gradients(result.before) if size > 0]
    low, high = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    return low - (high - low) % 2, high


def _ratio(result: Result) -> str:
    """How the gradient at the first layer compares with that at the last."""
    layers = weight_gradients(result.before)
    ratio = layers[0][1] / layers[-1][1]
    if ratio > 0.01:
        return f"{number(ratio, 2)} times"
    whole = round(1 / ratio, 1 - math.floor(-math.log10(ratio)))
    return f"1/{whole:,.0f} of".replace(",", " ")


def _bars(result: Result, low: int, high: int) -> str:
    about = f"Gradient of the weights per layer, before the first step: {result.recipe.title}"
    last = np.abs(result.before.survey.weight_layers[-1].weight_gradient)
    strengths = weight_gradients(result.before)
    return gradient_bars(strengths, float(np.median(last)), low, high, about)


def _factors(diagnosis: Diagnosis) -> str:
    """Rows of a table: from each layer to the one before, what becomes of the gradient."""
    survey = diagnosis.survey
    layers, activations = survey.weight_layers, survey.activations
    rows = []
    for before, after, activation in reversed(
        list(zip(layers[:-1], layers[1:], activations, strict=True))
    ):
        cells = (
            f"{after.name} → {before.name}",
            f"× {number(after.gain, 2)}",
            f"{number(activation.slope, 2)}",
            f"× {number(before.norm / after.norm, 2)}",
            number(survey.relative(before), 2),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "".join(rows)


def _findings(diagnosis: Diagnosis) -> str:
    if diagnosis.ok:
        return "<p>Nothing found: the gradient reaches every layer.</p>"
    return "".join(
        f"<p><strong>{escape(finding.illness)} at {escape(finding.layer)}:</strong> "
        f"{escape(finding.sentence)}</p><p>What helps: {escape(finding.advice)}</p>"
        for finding in diagnosis.findings
    )


def _answers(results: Sequence[Result], digits: Digits) -> str:
    """Held-out images with the answer of each network."""
    parts = []
    for i, truth in enumerate(digits.y_test[: len(results[0].answers)]):
        answers = "".join(
            f'<span class="{"right" if result.answers[i] == truth else "wrong"}">'
            f"{result.answers[i]} {'✓' if result.answers[i] == truth else '✗'}</span>"
            for result in results
        )
        image = digit_image(digits.x_test[i], f"a handwritten {truth}")
        parts.append(f'<div class="answer">{image}{answers}</div>')
    return "".join(parts)


def _curves(results: Sequence[Result], figure: str) -> str:
    lines = [(result.recipe.key, result.history[figure]) for result in results]
    ends = ", ".join(f"{name} {values[-1]:.3f}" for name, values in lines)
    what, tick = ("accuracy", 0.25) if "accuracy" in figure else ("loss", 0.5)
    return curves(lines, tick, f"{what} on held-out images per epoch; at the end: {ends}")
