"""Run notebooks of the course and write them with their outputs: NN_name.py to NN_name.ipynb.

    python -m tests.notebooks [NN_name ...]

Without names, all. A picture of ours is kept as a PNG, which every viewer shows; its interactive
page, a hundred kilobytes and more, comes back when the reader runs the cell. Needs the extra
`browser`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np

from tests.browser import chromium
from tests.notebooks.course import FOLDER, NAMES, read, run

#: Pixels of a kept picture for each one on the screen, how many it may be wide, and its colours.
_SCALE = 2.0
_WIDEST = 1400
_COLOURS = 128


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NN_name")
    names = parser.parse_args().names
    with chromium() as browser:
        for name in names:
            notebook = read(name)
            with tempfile.TemporaryDirectory() as folder:
                run(notebook, Path(folder))
            file = _write(name, notebook, browser)
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")


def _write(name: str, notebook: Any, browser: Any) -> Path:
    import nbformat

    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "data" in output:
                _shrink(output, browser)
    # What would differ from run to run or from machine to machine.
    _name_cells(notebook)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    file = FOLDER / f"{name}.ipynb"
    nbformat.write(notebook, file)
    return file


def _name_cells(notebook: Any) -> None:
    """Give each cell an id made of its text: it changes only with the text."""
    notebook.nbformat_minor = 5
    taken: set[str] = set()
    for cell in notebook.cells:
        text = cell.source
        while (name := hashlib.sha1(text.encode()).hexdigest()[:8]) in taken:
            text += "'"
        taken.add(name)
        cell.id = name


def _shrink(output: Any, browser: Any) -> None:
    """Of an output with a picture, keep a small PNG and the words."""
    data = output.data
    if svg := data.pop("image/svg+xml", None):
        png, width = _photograph(svg, browser)
        data.pop("text/html", None)
        output.metadata = {"image/png": {"width": width}}
    elif "image/png" in data:
        png = base64.b64decode(data["image/png"])
    else:
        return
    data["image/png"] = base64.b64encode(_reduce_colours(png)).decode()


def _photograph(svg: str, browser: Any) -> tuple[bytes, int]:
    """The picture as a browser shows it, and its width on the screen."""
    width = round(float(ET.fromstring(svg).attrib["width"]))
    scale = min(_SCALE, _WIDEST / width)
    page = browser.new_page(device_scale_factor=scale, color_scheme="light")
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg}")
    png = page.locator("svg").first.screenshot()
    page.close()
    return png, width


def _reduce_colours(png: bytes) -> bytes:
    """The same with a palette: the most frequent colours, and those that would be missed most.

    Pillow's own methods average colours, so that white turns gray and the legend no longer has the
    colours of the picture.
    """
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)
    packed = pixels @ [1 << 16, 1 << 8, 1]
    numbers, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = (numbers[:, np.newaxis] >> [16, 8, 0]) & 255

    kept = np.argsort(-counts, kind="stable")[: _COLOURS // 2]
    missed = counts * _distances(colours, colours[kept]).min(axis=1)
    kept = np.append(kept, np.argsort(-missed, kind="stable")[: _COLOURS // 2])
    nearest = _distances(colours, colours[kept]).argmin(axis=1).astype(np.uint8)

    image = Image.fromarray(nearest[places].reshape(packed.shape))
    image.putpalette(colours[kept].ravel().tolist())
    small = io.BytesIO()
    image.save(small, "PNG", optimize=True)
    return small.getvalue()


def _distances(colours: Any, others: Any) -> Any:
    return ((colours[:, np.newaxis] - others) ** 2).sum(axis=2)


if __name__ == "__main__":
    main()
