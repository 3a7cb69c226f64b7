"""The legend of the textbook picture."""

from __future__ import annotations

from viz.render.theme import gain_class
from viz.scene.style import STRONGEST
from viz.textbook.style import text

#: In pixels.
LEGEND_WIDTH, LEGEND_HEIGHT = 720, 120


def draw_legend() -> str:
    """What lines and neurons mean, in two panels side by side."""
    swatch, row = 34, 19
    levels = range(-STRONGEST, STRONGEST + 1)
    end = len(levels) * swatch
    left = [
        text(0, 12, "Lines: one for each weight, with its gradient ∂L/∂w", "gg-head"),
        text(0, 12 + row, "Colour: its size compared with the median of the last layer"),
        *(
            f'<path class="gg-weight {gain_class(level)}" stroke-width="10" '
            f'd="M{k * swatch} {2 * row + 8}h{swatch}"/>'
            for k, level in enumerate(levels)
        ),
        text(0, 12 + 3 * row, f"×1e−{STRONGEST} or less"),
        text(end / 2, 12 + 3 * row, "×0.1 … ×10", "gg-mid"),
        text(end, 12 + 3 * row, f"×1e{STRONGEST} or more", "gg-end"),
        text(0, 12 + 4 * row, "Width: the size itself, from 1e−8 to 1e4, on a log scale"),
    ]
    samples = [
        ("gg-closed", "exactly 0: the input is 0, or the records cancel"),
        ("gg-nothing", "exactly 0: no gradient arrived at the neuron"),
        ("gg-broken", "NaN or ∞"),
        ("gg-unknown", "not computed"),
    ]
    right = [text(0, 12, "Dashes and neurons", "gg-head")]
    for k, (style, words) in enumerate(samples, start=1):
        right.append(
            f'<path class="gg-weight {style}" stroke-width="1.4" d="M0 {k * row + 8}h44"/>'
        )
        right.append(text(54, 12 + k * row, words))
    right.append(text(54, 12 + 5 * row, "neuron: the larger its activation, the fuller; − if < 0"))
    right += [
        f'<circle class="gg-neuron" cx="{8 + 14 * k}" cy="{5 * row + 8}" r="6" '
        f'fill-opacity="{opacity}"/>'
        for k, opacity in enumerate((0.05, 0.4, 0.75))
    ]
    panels = f'{"".join(left)}<g transform="translate({LEGEND_WIDTH / 2:g} 0)">{"".join(right)}</g>'
    return f'<g class="gg-legend">{panels}</g>'
