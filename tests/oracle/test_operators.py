"""Every sample of every mapped operator in PyTorch's database: forward and backward agree."""

import re

import numpy as np
import pytest

from tests.oracle.operators.aliases import COPIES
from tests.oracle.operators.harness import database, examine, judge, score, tables

pytestmark = pytest.mark.oracle

OPERATORS = tables()["OPERATORS"]


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_operator(name):
    verdict = examine(name)
    assert verdict.samples > 0
    shown = "\n".join(list(verdict.failures.values())[:5])
    assert not verdict.failures, (
        f"{len(verdict.failures)} of {verdict.samples} samples of {name} are wrong:\n{shown}"
    )


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [
        (lambda x, y: x * y * (1 + 1e-8), "output 0: .* elements differ"),
        (lambda x, y: x * y.data, r"gradient of args\[0\]: .* elements differ"),
        (lambda x, y: x.data * y.data, "gradient of input: .* elements differ"),
        (lambda x, y: (x * y).astype(np.float32), "dtype float32 instead of float64"),
        (lambda x, y: (x * y)[None], r"shape \(1, .* instead of"),
        (lambda x, y: (x * y, x), "2 outputs instead of 1"),
        (lambda x, y: x.unknown, "AttributeError"),
    ],
    ids=["value", "one gradient", "all gradients", "dtype", "shape", "outputs", "error"],
)
def test_a_wrong_adapter_is_found_out(adapter, complaint):
    verdict = judge("mul", adapter)
    assert not verdict.right
    for number in (4, 5):
        match = f"sample {number} .*input=.*{complaint}"
        assert re.search(match, verdict.failures[number]), verdict.failures[number]


def test_names_are_those_of_the_database():
    copies = {copy for group in COPIES.values() for copy in group}
    for stated in (*tables().values(), COPIES, copies):
        assert set(stated) <= set(database())


def test_nothing_is_both_mapped_and_left_out():
    assert not OPERATORS.keys() & tables()["LEFT_OUT"].keys()


def test_an_alias_is_of_one_operator_that_is_none_itself():
    copies = [copy for group in COPIES.values() for copy in group]
    assert len(copies) == len(set(copies))
    assert not COPIES.keys() & set(copies)


def test_score(capsys):
    line = score()
    with capsys.disabled():
        print(f"\n{line}")
    assert line.startswith(f"operators right: {len(OPERATORS)} of {len(OPERATORS)} tried")
