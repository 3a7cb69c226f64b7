"""When a prediction is right."""

from __future__ import annotations

import math

import pytest

from viz.stepping.quiz import Score, is_right, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.5", 0.5), (" −1.2e−3 ", -0.0012), ("0,5", 0.5), ("-∞", -math.inf), ("1e5", 1e5)],
)
def test_numbers_as_people_type_them(text: str, number: float) -> None:
    assert read_number(text) == number


def test_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        read_number("w")


@pytest.mark.parametrize(
    ("prediction", "answer", "right"),
    [
        (0.0213, 0.02134, True),
        (0.02, 0.02134, False),
        (-0.0213, 0.0213, False),
        (0.0, 0.0, True),
        (1e-3, 0.0, False),
        (0.0, 4.875e-6, False),
        (4.9e-6, 4.875e-6, True),
        (math.nan, math.nan, True),
        (0.0, math.nan, False),
        (math.inf, math.inf, True),
        (-math.inf, math.inf, False),
        (math.nan, 1.0, False),
    ],
)
def test_right_or_wrong(prediction: float, answer: float, right: bool) -> None:
    assert is_right(prediction, answer) == right


def test_score() -> None:
    score = Score()
    score.count(True)
    score.count(False)
    assert str(score) == "1 of 2 predicted rightly"
