"""Colours, and the style sheet that every picture carries.

The rules name colours directly, because many viewers of SVG know no CSS variables; what is dark
or light is the choice of the reader's system. A line never depends on its colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from viz.scene.style import STRONGEST


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme, as #rrggbb."""

    paper: str
    ink: str
    faint: str
    box: str
    operand: str
    fixed: str
    result: str
    vanishing: str
    neutral: str
    exploding: str
    broken: str

    def gain(self, level: int) -> str:
        """Colour of a gain level: `vanishing` at −STRONGEST, `neutral` at 0, else `exploding`."""
        end = self.vanishing if level < 0 else self.exploding
        # The power brings out the first steps: the second is a sigmoid's 1/4.
        return _mix(self.neutral, end, (abs(level) / STRONGEST) ** 0.7)


LIGHT = Palette(
    paper="#ffffff",
    ink="#1d2127",
    faint="#666c75",
    box="#f3f4f6",
    operand="#e9efe4",
    fixed="#ffffff",
    result="#fff3c4",
    vanishing="#0048c8",
    neutral="#a0a4aa",
    exploding="#d95f00",
    broken="#b4005a",
)
DARK = Palette(
    paper="#16191e",
    ink="#e3e6ea",
    faint="#9aa1ab",
    box="#262b33",
    operand="#26352a",
    fixed="#16191e",
    result="#4a4016",
    vanishing="#5aa5ff",
    neutral="#737880",
    exploding="#ff9a3d",
    broken="#ff6fb0",
)


def _mix(a: str, b: str, share: float) -> str:
    """The colour `share` of the way from a to b."""
    pairs = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)


def gain_class(level: int) -> str:
    """CSS class of a gain level: gg-down4 … gg-same … gg-up4."""
    if level == 0:
        return "gg-same"
    return f"gg-{'down' if level < 0 else 'up'}{abs(level)}"


def style_sheet() -> str:
    """The rules for both schemes."""
    return f"{_FORMS}{_colours(LIGHT)}@media (prefers-color-scheme:dark){{{_colours(DARK)}}}"


_FORMS = (
    ".gg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    ".gg text{font-size:10px}"
    ".gg .gg-title{font-size:15px;font-weight:600}"
    ".gg .gg-name{font-size:12px;font-weight:600}"
    ".gg .gg-head{font-size:11px;font-weight:600}"
    ".gg .gg-end{text-anchor:end}"
    ".gg .gg-mid{text-anchor:middle}"
    ".gg .gg-edge path{fill:none;stroke-linecap:butt;stroke-linejoin:round}"
    ".gg .gg-closed{stroke-dasharray:8 5}"
    ".gg .gg-nothing{stroke-dasharray:2.5 5}"
    ".gg .gg-constant{stroke-dasharray:10 3 1.5 3}"
    ".gg .gg-edge .gg-unknown{stroke-dasharray:0 4;stroke-linecap:round}"
    ".gg .gg-loss{stroke-width:2.5}"
    ".gg .gg-constant-box{stroke-dasharray:3 2}"
    ".gg .gg-broken{stroke-width:1.5}"
    ".gg .gg-faded{opacity:.22}"
    ".gg .gg-edge:hover path{stroke-opacity:.55}"
)


def _colours(p: Palette) -> str:
    levels = range(-STRONGEST, STRONGEST + 1)
    return (
        f".gg .gg-paper{{fill:{p.paper}}}"
        f".gg text{{fill:{p.ink}}}"
        f".gg .gg-faint,.gg .gg-limit{{fill:{p.faint}}}"
        f".gg .gg-box{{fill:{p.box};stroke:{p.faint}}}"
        f".gg .gg-frame{{fill:none;stroke:{p.faint};stroke-opacity:.7}}"
        f".gg .gg-variable{{fill:{p.operand}}}"
        f".gg .gg-constant-box{{fill:{p.fixed}}}"
        f".gg .gg-loss{{fill:{p.result};stroke:{p.ink}}}"
        f".gg .gg-closed{{stroke:{p.ink}}}"
        f".gg .gg-nothing,.gg .gg-constant,.gg .gg-unknown{{stroke:{p.faint}}}"
        f".gg .gg-broken{{stroke:{p.broken}}}"
        f".gg text.gg-alarm{{fill:{p.broken};font-weight:700}}"
        + "".join(f".gg .{gain_class(i)}{{stroke:{p.gain(i)}}}" for i in levels)
    )
