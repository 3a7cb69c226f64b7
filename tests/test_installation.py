"""Tests of what happens when the distribution ``autograd`` gets in the way of glassgrad's."""

import os
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest

from autograd.installation import warn_if_name_is_shared

CHECKOUT = Path(__file__).resolve().parents[1]


def run_python(
    *arguments: str, path: list[Path], directory: Path
) -> subprocess.CompletedProcess[str]:
    """Run a new interpreter in a directory, with the given folders first on its path."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with a package ``autograd`` that is not glassgrad's."""
    folder = tmp_path / "foreign"
    (folder / "autograd").mkdir(parents=True)
    (folder / "autograd" / "__init__.py").write_text("def grad(function): ...\n")
    return folder


@pytest.fixture
def rival(tmp_path: Path) -> Path:
    """A folder with the metadata of the distribution ``autograd``."""
    folder = tmp_path / "rival"
    (folder / "autograd-1.9.dist-info").mkdir(parents=True)
    return folder


@pytest.fixture
def clean_path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An empty ``sys.path`` for the test to fill."""
    folders: list[str] = []
    monkeypatch.setattr(sys, "path", folders)
    return folders


class TestForeignPackage:
    def test_command_line_prints_one_sentence(self, foreign: Path) -> None:
        result = run_python("-m", "viz", path=[foreign, CHECKOUT], directory=foreign)
        assert result.returncode == 1
        assert result.stdout == ""
        [sentence] = result.stderr.splitlines()
        assert str(foreign / "autograd" / "__init__.py") in sentence
        assert "pip uninstall autograd" in sentence

    def test_console_script_prints_one_sentence(self, foreign: Path) -> None:
        # What an installer writes into the script `glassgrad`.
        script = "import sys; from viz.__main__ import main; sys.exit(main())"
        result = run_python("-c", script, path=[foreign, CHECKOUT], directory=foreign)
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1

    def test_import_raises(self, foreign: Path) -> None:
        result = run_python("-c", "import nn", path=[foreign, CHECKOUT], directory=foreign)
        assert result.returncode == 1
        assert "\nnn.installation.ForeignAutogradError: glassgrad needs" in result.stderr

    def test_folder_left_by_an_uninstall_is_named(self, foreign: Path) -> None:
        package = foreign / "autograd"
        (package / "__init__.py").unlink()
        # Neither the checkout nor an installed copy on the path: a whole package would win.
        (foreign / "nn").symlink_to(CHECKOUT / "nn")
        (foreign / "viz").symlink_to(CHECKOUT / "viz")
        result = run_python("-S", "-m", "viz", path=[foreign], directory=foreign)
        assert result.returncode == 1
        [sentence] = result.stderr.splitlines()
        assert str(package) in sentence

    def test_other_import_errors_keep_their_traceback(self, foreign: Path) -> None:
        (foreign / "autograd" / "__init__.py").write_text("import no_such_module\n")
        result = run_python("-m", "viz", path=[foreign, CHECKOUT], directory=foreign)
        assert result.returncode == 1
        assert result.stderr.startswith("Traceback")
        assert "no_such_module" in result.stderr


class TestSharedName:
    def test_import_warns_once(self, rival: Path) -> None:
        program = "import autograd, nn, viz"
        result = run_python("-c", program, path=[CHECKOUT, rival], directory=rival)
        assert result.returncode == 0
        assert result.stderr.count("UserWarning") == 1
        assert str(rival / "autograd-1.9.dist-info") in result.stderr

    def test_warning_points_at_the_import(self, rival: Path) -> None:
        script = rival / "script.py"
        script.write_text("import autograd\n")
        result = run_python(str(script), path=[CHECKOUT, rival], directory=rival)
        assert result.stderr.startswith(f"{script}:1: UserWarning: the distribution 'autograd'")

    def test_other_names_are_no_rivals(self, tmp_path: Path, clean_path: list[str]) -> None:
        for name in ("autograd", "autograd_gamma-0.5.0.dist-info", "glassgrad-0.1.0.dist-info"):
            (tmp_path / name).mkdir()
        clean_path.append(str(tmp_path))
        with warnings.catch_warnings(action="error"):
            warn_if_name_is_shared()

    def test_odd_path_entries_are_passed_over(
        self, tmp_path: Path, rival: Path, clean_path: list[str]
    ) -> None:
        archive = tmp_path / "archive.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("module.py", "")
        clean_path += [str(archive), str(tmp_path / "missing"), "", str(rival)]
        with pytest.warns(UserWarning, match="autograd-1.9.dist-info"):
            warn_if_name_is_shared()
