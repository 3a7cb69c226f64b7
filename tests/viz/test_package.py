"""The package viz loads nothing before it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import viz

CHECKOUT = Path(__file__).resolve().parents[2]


def run_python(program: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (*folders, CHECKOUT)))
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folders[0] if folders else CHECKOUT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_loads_no_part() -> None:
    program = (
        "import sys, viz; dir(viz);"
        "print([m for m in sys.modules if m.startswith(('viz.', 'nn', 'autograd', 'numpy'))])"
    )
    assert run_python(program).stdout == "[]\n"


def test_names() -> None:
    assert set(viz.__all__) <= set(dir(viz))
    for name in viz.__all__:
        assert getattr(viz, name).__name__ == name
        assert getattr(viz, name).__module__.startswith("viz.")


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'viz' has no attribute 'nothing'"):
        _ = viz.nothing


def test_no_module_hides_a_function() -> None:
    folder = CHECKOUT / "viz"
    for name in viz.__all__:
        assert not (folder / f"{name}.py").exists()
        assert not (folder / name).exists()


def test_first_use_notices_a_foreign_autograd(tmp_path: Path) -> None:
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(function): ...\n")
    result = run_python("import viz; viz.graph", tmp_path)
    assert "ForeignAutogradError: glassgrad needs" in result.stderr
