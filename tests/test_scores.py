"""The table of scores says what was reached, and what was missed."""

import pytest

from tests.scores.harness import SEEDS, Score, Task, measure, table


def score(figures, seconds=(1.0,), bar=0.9, **options):
    return Score(Task("a model", "some data", float, bar, **options), bar, figures, list(seconds))


@pytest.mark.parametrize(
    ("given", "met"),
    [
        (score([0.89, 0.91]), True),
        (score([0.89, 0.90]), False),
        (score([1.99, 2.01], bar=2.0, nats=True), True),
        (score([2.00, 2.01], bar=2.0, nats=True), False),
        (score([0.95], seconds=[59.0, 60.0], minutes=1), True),
        (score([0.95], seconds=[59.0, 61.0], minutes=1), False),
    ],
)
def test_the_mean_must_reach_the_bar_and_every_run_be_in_time(given, met):
    assert given.met is met
    assert ("(missed)" in table([given])) is not met


def test_every_seed_is_run_and_a_bar_may_depend_on_it():
    result = measure(Task("a model", "some data", lambda seed: 0.1 * seed, lambda seed: 0.2))
    assert result.figures == [0.1 * seed for seed in SEEDS]
    assert len(result.seconds) == len(SEEDS)
    assert result.bar == pytest.approx(0.2)
    assert not result.met


def test_a_table_in_markdown():
    head, rule, row = table([score([0.91, 0.93], minutes=3)]).splitlines()
    assert head.count("|") == rule.count("|") == row.count("|")
    cells = "| a model | some data | ≥ 90.00 % | **92.00 %** | 91.00 %, 93.00 % | 1 s of 180 s |"
    assert row == cells
