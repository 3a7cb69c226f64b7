"""What every test of a plot needs: no window opens, and no setting of matplotlib is touched."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _leaves_matplotlib_alone(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a plot was shown"))
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")
