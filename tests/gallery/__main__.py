"""Draw every graph of the gallery and photograph it in Chromium, light and dark, to be looked at.

    python -m tests.gallery [FOLDER]

Writes to build/gallery unless a folder is given; index.html there shows all pictures. Needs the
extra `browser`.
"""

from __future__ import annotations

import argparse
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import viz
from tests.browser import chromium
from tests.gallery.works import WORKS, mlp, neuron

SCHEMES = ("light", "dark")
#: What is done to a page before it is photographed.
Pose = Callable[[Any], None]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/gallery"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, np.errstate(all="ignore"):
        shown = [name for draw in (_stills, _pages) for name in draw(browser, folder)]
    (folder / "index.html").write_text(_index(shown), "utf-8")
    print(f"{len(shown)} pictures, light and dark: {folder / 'index.html'}")


def _stills(browser: Any, folder: Path) -> list[str]:
    """Every graph as the still picture that is saved, in full."""
    names = []
    for name, work in WORKS.items():
        file = viz.graph(work(), title=name).save(folder / f"{name}.svg")
        size = _size(file)
        for scheme in SCHEMES:
            _photograph(browser, file, folder / f"{name}-{scheme}.png", scheme, size)
        names.append(name)
    return names


def _pages(browser: Any, folder: Path) -> list[str]:
    """Pages: every graph as it opens, and the tools at work."""
    poses: dict[str, tuple[Callable[[], Any], Pose]] = {
        f"page-{name}": (lambda work=work: viz.graph(work()), _as_it_opens)
        for name, work in WORKS.items()
    }
    poses |= {
        "page-details": (lambda: viz.graph(WORKS["mlp"]()), _choose_a_weight),
        "page-legend": (lambda: viz.graph(WORKS["broken"]()), _unfold("Legend")),
        "page-table": (lambda: viz.graph(neuron()), _unfold("Table")),
        "page-all-open": (lambda: viz.graph(WORKS["lstm"]()), _open_all),
        "step-start": (lambda: viz.step(neuron()), _as_it_opens),
        "step-scalar": (lambda: viz.step(neuron()), _steps(4)),
        "step-quiz": (lambda: viz.step(neuron()), _ask),
        "step-tensor": (lambda: viz.step(WORKS["mlp"]()), _steps(9)),
        "compare": (_comparison, _as_it_opens),
    }
    for name, (make, pose) in poses.items():
        file = make().save(folder / f"{name}.html")
        for scheme in SCHEMES:
            _photograph(browser, file, folder / f"{name}-{scheme}.png", scheme, (1280, 800), pose)
    return list(poses)


def _photograph(
    browser: Any,
    file: Path,
    into: Path,
    scheme: str,
    size: tuple[int, int],
    pose: Pose | None = None,
) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(file.resolve().as_uri())
    if pose is not None:
        pose(page)
    page.screenshot(path=into)
    page.close()


def _size(svg: Path) -> tuple[int, int]:
    root = ET.parse(svg).getroot()
    return round(float(root.attrib["width"])), round(float(root.attrib["height"]))


# --- poses --------------------------------------------------------------------------------------


def _as_it_opens(page: Any) -> None:
    page.wait_for_timeout(300)


def _choose_a_weight(page: Any) -> None:
    page.fill("input[type=search]", "fc2.weight")
    page.press("input[type=search]", "Enter")


def _unfold(title: str) -> Pose:
    def unfold(page: Any) -> None:
        page.click(f"summary:text-is('{title}')")
        page.wait_for_timeout(300)

    return unfold


def _open_all(page: Any) -> None:
    page.click("[data-do=open-all]")


def _steps(count: int) -> Pose:
    def walk(page: Any) -> None:
        page.focus("svg.gg-canvas")
        for _ in range(count):
            page.keyboard.press("ArrowRight")

    return walk


def _ask(page: Any) -> None:
    page.click("[data-step=quiz]")
    page.click("[data-step=next]")


def _comparison() -> Any:
    import nn

    sizes = 8, 16, 16, 16, 4
    first, second = mlp(*sizes, activation=nn.Sigmoid), mlp(*sizes, activation=nn.ReLU)
    return viz.compare(first, second, titles=("sigmoid", "ReLU"))


# --- contact sheet ------------------------------------------------------------------------------


def _index(names: list[str]) -> str:
    figures = "".join(
        f"<h2>{escape(name)}</h2><div>"
        + "".join(
            f'<a href="{name}-{scheme}.png"><img src="{name}-{scheme}.png" alt="{scheme}"></a>'
            for scheme in SCHEMES
        )
        + "</div>"
        for name in names
    )
    return _PAGE.format(figures=figures)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Approval gallery</title>
<style>
body {{ font-family: sans-serif; margin: 1em; background: #888 }}
div {{ display: grid; grid-template-columns: 1fr 1fr; gap: 8px }}
img {{ width: 100% }}
</style>
</head>
<body>{figures}</body>
</html>
"""

if __name__ == "__main__":
    main()
