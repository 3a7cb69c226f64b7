"""The cases of this folder's modules that are named so, all together. Not a test module."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from autograd.primitives import TABLE
from tests.autograd.rules.cases import Case

CASES: dict[str, Case] = {}
for _path in sorted(Path(__file__).parent.glob("*cases.py")):
    CASES |= import_module(f"tests.autograd.rules.{_path.stem}").CASES

#: The engine's own entries. Those of nn and of other tests, if imported before, are tested there.
ENGINE = {
    name: entry
    for name, entry in TABLE.items()
    if not str(getattr(entry.forward, "__module__", "")).startswith(("nn.", "tests."))
}
