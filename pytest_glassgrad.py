"""A plugin for pytest: the fixture ``gradcheck(f, *inputs)``.

pytest imports this module in every run, so it stands outside the packages, whose import loads
numpy, and imports nothing of theirs before the fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.checking import Report


@pytest.fixture
def gradcheck() -> Callable[..., Report]:
    """Check derivatives and fail the test with the report unless all is well.

    Takes what `autograd.gradcheck` takes and returns the report.
    """

    def check(f: Callable[..., Any], *inputs: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        from autograd import gradcheck as run

        report = run(f, *inputs, **options)
        if not report.ok:
            pytest.fail(str(report), pytrace=False)
        return report

    return check
