"""The command line: ``glassgrad`` and ``python -m viz`` both start here."""

import sys
from importlib import import_module

#: What is asked about the program itself, and answered without loading anything.
_ABOUT_ITSELF = (["--version"], ["--help"], ["-h"])


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        if sys.argv[1:] not in _ABOUT_ITSELF:
            import_module("nn")
    except ImportError as error:
        # By name, since importing the class would repeat the import that has just failed.
        if type(error).__name__ != "ForeignAutogradError":
            raise
        print(error, file=sys.stderr)
        return 1

    from viz.cli import main as run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
