"""Pages and notebook outputs around an SVG; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import re
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; background: #fff }}
main {{ overflow-x: auto }}
/* Fits the window, unless that would make it too small to read. */
svg {{ display: block; max-width: 100%; min-width: {least}px; height: auto }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16191e }} }}
</style>
</head>
<body>
<main>{svg}</main>
</body>
</html>
"""

#: Height in a notebook above which a picture scrolls, and the least of a page, in pixels.
_MAX_HEIGHT = 800
_MIN_HEIGHT = 420
#: An interactive page says how high a frame for it should be.
_PAGE_HEIGHT = re.compile(r'<html [^>]*data-height="(\d+)"')
#: How far a picture may be shrunk to fit the window.
_SHRINK = 0.65


def page(svg: str, title: str) -> str:
    """A self-contained HTML page that shows one picture."""
    least = round(_SHRINK * _measure(svg, "width", 0))
    return _PAGE.format(title=escape(title), svg=svg, least=least)


def embed(svg: str, title: str, alt: str) -> str:
    """HTML for a notebook: a frame in which hovering works. No script runs in it."""
    width, height = _measure(svg, "width", _MAX_HEIGHT), _measure(svg, "height", _MAX_HEIGHT)
    # As high as the picture, which shrinks with the frame; 20 for a scroll bar.
    most = min(height + 20, _MAX_HEIGHT)
    least = min(round(_SHRINK * height) + 20, most)
    size = f"aspect-ratio:{width}/{height};min-height:{least}px;max-height:{most}px"
    return _over_still(svg, title, alt, page(svg, title), size, "allow-same-origin")


def play(interactive: str, svg: str, title: str, alt: str) -> str:
    """HTML for a notebook: a frame with an interactive page. Its script has no other rights."""
    found = _PAGE_HEIGHT.search(interactive)
    height = min(max(int(found[1]) if found else _MAX_HEIGHT, _MIN_HEIGHT), _MAX_HEIGHT)
    return _over_still(svg, title, alt, interactive, f"height:{height}px", "allow-scripts")


def _over_still(svg: str, title: str, alt: str, inner: str, size: str, rights: str) -> str:
    """A frame over a still image.

    Notebooks that are not trusted strip the frame and the style that hides the image, so the
    image shows; everywhere else the frame does.
    """
    still = base64.b64encode(svg.encode()).decode()
    return (
        "<style>.glassgrad-still{display:none!important}</style>"
        f'<img class="glassgrad-still" alt="{escape(f"{title}. {alt}")}" '
        f'src="data:image/svg+xml;base64,{still}">'
        f'<iframe sandbox="{rights}" title="{escape(title)}" '
        f'style="width:100%;{size};border:0" '
        f'srcdoc="{escape(inner)}"></iframe>'
    )


def _measure(svg: str, side: str, default: int) -> int:
    """Width or height of the picture, in pixels."""
    found = re.match(rf'<svg[^>]*\s{side}="(\d+)', svg)
    return int(found[1]) if found else default
