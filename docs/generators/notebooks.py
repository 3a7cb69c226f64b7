"""The course's notebooks, which stand outside the folder that Sphinx reads."""

from __future__ import annotations

from pathlib import Path

from .files import write

_PAGE = """\
# The course

Backpropagation taken apart by hand, one notebook at a time. Each takes 15 to 25 minutes and runs
in seconds; the pages here show them as they were run. To run them yourself, with pictures that can
be stepped through, open the folder `notebooks/` in JupyterLab.

```{{toctree}}
:maxdepth: 1

{notebooks}
```
"""


def copy_pages(source: Path, target: Path) -> None:
    """Copy all notebooks, and write the page that lists them."""
    found = sorted(source.glob("[0-9][0-9]_*.ipynb"))
    for path in found:
        write(target / path.name, _as_a_page(path.read_text()))
    names = "\n".join(path.stem for path in found)
    write(target / "index.md", _PAGE.format(notebooks=names))


def _as_a_page(text: str) -> str:
    """A notebook's links to the folder's README lead to the page that lists them."""
    return text.replace("(README.md)", "(index.md)")
