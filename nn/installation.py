"""Makes sure that the package ``autograd`` that Python finds is the one of glassgrad."""

import autograd


class ForeignAutogradError(ImportError):
    """Raised if Python finds another package ``autograd`` in the place of glassgrad's."""


def require_own_autograd() -> None:
    """Raise ForeignAutogradError unless ``autograd`` is the package of glassgrad."""
    if not getattr(autograd, "__glassgrad__", False):
        raise ForeignAutogradError(
            "glassgrad needs its own package 'autograd', but Python found another one at "
            f"{_location_of_autograd()}: remove that one (pip uninstall autograd) and reinstall "
            "glassgrad, or use a fresh virtual environment"
        )


def _location_of_autograd() -> str:
    # A package that was removed in part may have lost its __init__.py, and so has no __file__.
    return autograd.__file__ or autograd.__path__[0]
