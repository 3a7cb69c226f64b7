"""PyTorch arrives at the same results in every work that is timed against it."""

import pytest

from tests.benchmarks.harness import Effort, race
from tests.benchmarks.works import all_works

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(
    "work",
    [work for work in all_works(tiny=True) if "PyTorch" in work.peers()],
    ids=lambda work: work.name,
)
def test_pytorch_agrees(work):
    rows = race(work, Effort(0.0, 1, 1))
    assert {row.peer for row in rows} == set(work.peers())
