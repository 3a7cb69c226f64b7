"""Checks of derivatives: estimates with error bars, a verdict for every element."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.checking.domains import Domain
    from autograd.checking.entry import assert_gradients, gradcheck
    from autograd.checking.report import Report
    from autograd.checking.verdicts import Verdict

__all__ = ["Domain", "Report", "Verdict", "assert_gradients", "gradcheck"]

#: Loaded on first use.
_HOMES = {
    "Domain": "autograd.checking.domains",
    "Report": "autograd.checking.report",
    "Verdict": "autograd.checking.verdicts",
    "assert_gradients": "autograd.checking.entry",
    "gradcheck": "autograd.checking.entry",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'autograd.checking' has no attribute {name!r}")
