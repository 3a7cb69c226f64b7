"""Reads a notebook of the course from its .py file and runs it where it can leave nothing behind.

jupytext and nbclient are imported where they are used: the tests are collected without them, too.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
#: The notebooks, in the order in which they are read.
NAMES = sorted(file.stem for file in FOLDER.glob("[0-9][0-9]_*.py"))

#: Plots twice as fine as they are shown; a notebook shows them at their size.
_KERNEL = "c.IPKernelApp.log_level = 'ERROR'\nc.InlineBackend.figure_formats = {'retina'}\n"
#: A Python example in a text cell, with what it prints if that follows.
_EXAMPLE = re.compile(
    r"^```python\n(.*?)\n```(?:\s+(?:prints\s+)?```text\n(.*?)\n```)?", re.DOTALL | re.MULTILINE
)


def read(name: str) -> Any:
    """The notebook without outputs, as the .py file has it."""
    import jupytext

    return jupytext.read(FOLDER / f"{name}.py", fmt="py:percent")


def committed(name: str) -> Any:
    """The notebook with the outputs that readers see before they run it."""
    import nbformat

    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def examples(notebook: Any) -> list[tuple[str, str]]:
    """Python in text cells, as in solutions, and what it is said to print ("" if nothing)."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return [found for text in texts for found in _EXAMPLE.findall(text)]


def run(notebook: Any, folder: Path) -> None:
    """Fill in the outputs, in a fresh kernel.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    folder : Path
        Empty. The notebook runs in ``work`` in it, and all that Jupyter writes goes beside.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    AssertionError
        If a cell warns, or a file was written.
    """
    import matplotlib.font_manager  # noqa: F401  its cache, which otherwise a kernel builds aloud
    from nbclient import NotebookClient

    work, settings = folder / "work", folder / "ipython" / "profile_default"
    work.mkdir()
    settings.mkdir(parents=True)
    (settings / "ipython_kernel_config.py").write_text(_KERNEL)
    own = {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        # Two threads may add in another order than one, which shows in the last digits.
        "OMP_NUM_THREADS": "1",
    }
    with patch.dict(os.environ, own):
        NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=300,
            coalesce_streams=True,
            record_timing=False,
            resources={"metadata": {"path": str(work)}},
        ).execute()
    for output in _outputs(notebook):
        assert output.get("name") != "stderr", output.text
    assert not list(work.iterdir()), "a notebook of the course writes no files"


def said(outputs: list[Any]) -> str:
    """What a cell prints and shows, as text; pictures say what they show."""
    texts = [
        output.text if output.output_type == "stream" else output.data["text/plain"]
        for output in outputs
    ]
    return "\n".join(text.strip() for text in texts)


def pictures(outputs: list[Any]) -> int:
    """How many pictures a cell shows."""
    return sum(
        any(kind.startswith("image/") for kind in output.get("data", ())) for output in outputs
    )


def _outputs(notebook: Any) -> list[Any]:
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [output for cell in code for output in cell.outputs]
