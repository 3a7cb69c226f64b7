"""Build the source distribution and the wheel into dist/, and try the wheel as a user would.

    python -m tests.release

The wheel is built from the source distribution and installed into an environment of its own, far
from the checkout. It must hold every file of the three packages and nothing else, say its version,
run the demo, and lend pytest its plugin. Needs the extra `dist`, and a package index for numpy and
the like.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
#: What goes into the wheel, beside its metadata.
SOURCES = ("autograd", "nn", "viz", "pytest_glassgrad.py")

_PLUGIN_TEST = """\
import numpy as np


def test_the_plugin_is_there(gradcheck):
    gradcheck(np.sin, np.ones(3))
"""


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    (wheel,) = DIST.glob("*.whl")
    (sdist,) = DIST.glob("*.tar.gz")
    _require_all_files(wheel)
    with tempfile.TemporaryDirectory() as folder:
        _try_out(wheel, Path(folder))
    print(f"{sdist.name} and {wheel.name} are in {DIST}")


def _require_all_files(wheel: Path) -> None:
    """Raise unless the wheel has the files of the packages, and no others."""
    tracked = _output("git", "-C", ROOT, "ls-files", "--", *SOURCES).splitlines()
    expected = {name for name in tracked if (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    if missing := sorted(expected - found):
        raise SystemExit(f"the wheel lacks {', '.join(missing)}")
    if foreign := sorted(found - expected):
        raise SystemExit(f"the wheel has files that git does not know: {', '.join(foreign)}")


def _try_out(wheel: Path, folder: Path) -> None:
    """Install the wheel into a fresh environment, and use it from a folder of its own."""
    _run(sys.executable, "-m", "venv", folder / "venv")
    programs = folder / "venv" / "bin"
    _run(programs / "pip", "install", "--quiet", f"{wheel}[data]", "pytest")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    said = _output(programs / "glassgrad", "--version", cwd=folder).strip()
    if said != f"glassgrad {version}":
        raise SystemExit(f"the installed command says {said!r}, but the version is {version}")
    _run(programs / "glassgrad", "demo", "--epochs", "2", "--quiet", cwd=folder)
    if not (folder / "glassgrad-demo" / "index.html").exists():
        raise SystemExit("the demo ran, but wrote no index.html")
    (folder / "test_plugin.py").write_text(_PLUGIN_TEST)
    _run(programs / "python", "-m", "pytest", "-q", "test_plugin.py", cwd=folder)


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def _output(*command: str | Path, cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
