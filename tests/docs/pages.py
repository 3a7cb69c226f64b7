"""The pages of the documentation, and how the code in them is run.

A block of Python runs in the names that the blocks before it on the page have left. If it begins
with a comment that is nothing but the name of a file, ``# model.py``, it is written into that file.
A block of shell runs line by line. A block of text right behind either is what it prints, where …
stands for anything. An error bar, the number behind ±, is the machine's own.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from autograd.primitives import NUMPY_FUNCTIONS, TABLE

ROOT = Path(__file__).resolve().parents[2]

#: All that readers are given to read, except the course, whose notebooks are run by themselves.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(
        path
        for path in (ROOT / "docs").rglob("*.md")
        if "generated" not in path.relative_to(ROOT).parts
    ),
]

_BLOCK = re.compile(r"^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# ([\w/]+\.py)\n")

#: The commands that are run, and the modules that they stand for.
_MODULES = {"glassgrad": "viz", "pytest": "pytest"}
#: Commands that are not: they need a network, or change what they are run in.
_LEFT = ("cd", "cp", "git", "pre-commit", "python")


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes
    ----------
    language : str
        As it stands behind the fence.
    code : str
        What stands in it.
    line : int
        Where on the page its code begins.
    prints : str or None
        What the page says it prints.
    """

    language: str
    code: str
    line: int
    prints: str | None


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of code on a page; directives of Sphinx are none."""
    text = page.read_text()
    found = [m for m in _BLOCK.finditer(text) if not m["language"].startswith("{")]
    for here, behind in zip_longest(found, found[1:]):
        if here["language"] == "text":
            continue
        prints = None
        if behind and behind["language"] == "text":
            between = text[here.end() : behind.start()]
            prints = behind["code"] if not between.strip() else None
        line = text.count("\n", 0, here.start("code")) + 1
        yield Block(here["language"], here["code"], line, prints)


def needs_torch(page: Path) -> bool:
    """Whether a page imports PyTorch, which the usual tests do without."""
    return "import torch" in page.read_text()


def run(page: Path, folder: Path) -> dict[str, Any]:
    """Run a page's code from top to bottom in a folder, and compare what it prints.

    Returns
    -------
    dict
        The names that the page has defined.
    """
    names: dict[str, Any] = {"__name__": "tests.docs.page"}
    before = set(TABLE)
    try:
        for block in blocks(page):
            printed = _run(block, page, folder, names)
            if block.prints is not None:
                _compare(printed, block, page)
    finally:
        # What a page adds to the table of derivatives is not for the tests that come after it.
        for name in set(TABLE) - before:
            NUMPY_FUNCTIONS.pop(TABLE.pop(name).forward)
    return names


def _run(block: Block, page: Path, folder: Path, names: dict[str, Any]) -> str:
    if block.language == "sh":
        may_fail = block.prints is not None  # a page may show what is said of a mistake
        return "".join(_run_command(line, folder, may_fail) for line in _commands(block.code))
    if block.language != "python":
        raise ValueError(f"{page}:{block.line}: nobody runs {block.language!r}.")
    if file := _FILE.match(block.code):
        (folder / file[1]).parent.mkdir(parents=True, exist_ok=True)
        (folder / file[1]).write_text(block.code)
        return ""
    # Blank lines in front make the line numbers of tracebacks those of the page.
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    with redirect_stdout(io.StringIO()) as output:
        exec(code, names)
    return output.getvalue()


def _compare(printed: str, block: Block, page: Path) -> None:
    expected = "\n".join(line.rstrip() for line in (block.prints or "").strip().splitlines())
    got = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    pattern = re.escape(re.sub(r"± \S+", "± …", expected)).replace("…", ".*?")
    if not re.fullmatch(pattern, got, flags=re.DOTALL):
        raise AssertionError(f"{page}:{block.line} says\n{expected}\nbut this was printed:\n{got}")


# --- the shell --------------------------------------------------------------------------------


def _commands(code: str) -> list[str]:
    lines = (line.partition("  #")[0].strip() for line in code.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _run_command(line: str, folder: Path, may_fail: bool) -> str:
    program, *arguments = shlex.split(line)
    if program == "make":
        _require_target(arguments[0])
        return ""
    if program == "pip":
        _require_extras(line)
        return ""
    if program in _LEFT:
        return ""
    # The plugin is the checkout's, whether or not some copy is installed.
    plugin = ["-p", "pytest_glassgrad"] if program == "pytest" else []
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", _MODULES[program], *plugin, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode not in ((0, 1) if may_fail else (0,)):
        raise AssertionError(f"{line!r} ended with exit code {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def _require_target(target: str) -> None:
    if not re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE):
        raise AssertionError(f"the Makefile has no target {target!r}.")


def _require_extras(line: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for group in re.findall(r"\[([\w,-]+)\]", line):
        for extra in group.split(","):
            if extra not in extras:
                raise AssertionError(f"pyproject.toml has no extra {extra!r}.")
