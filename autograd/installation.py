"""Tells glassgrad's ``autograd`` from the package of that name in the distribution ``autograd``.

Both install into a folder ``autograd``: side by side in one environment they overwrite each other.
"""

import os
import sys
import warnings

GLASSGRAD = True


def warn_if_name_is_shared() -> None:
    """Warn if the distribution ``autograd`` is installed beside glassgrad."""
    rival = _find_rival_metadata()
    if rival is not None:
        warnings.warn(
            f"the distribution 'autograd' ({rival}) is installed beside glassgrad and has a "
            "package of the same name, so upgrading or removing either may break the other: "
            "uninstall 'autograd' and reinstall glassgrad, or use a fresh virtual environment",
            # Points at the import statement: this frame, autograd/__init__.py, the importer.
            stacklevel=3,
        )


def _find_rival_metadata() -> str | None:
    # Looks at the folders because importing importlib.metadata takes far longer than the scan.
    for directory in sys.path:
        try:
            with os.scandir(directory or os.getcwd()) as entries:
                for entry in entries:
                    if entry.name.startswith("autograd-") and entry.name.endswith(".dist-info"):
                        return entry.path
        except OSError:  # missing, unreadable, or a zip file
            continue
    return None
