"""The checker on planted errors and on hard but right functions: none missed, no false alarm."""

import pytest

from autograd import gradcheck
from autograd.checking import Verdict
from tests.autograd.checking import drawn
from tests.autograd.checking.hard import HARD
from tests.autograd.checking.planted import PLANTED, Case
from tests.autograd.checking.score import report_on

#: The issue asks for ten seeds; the benchmark runs them, here one in turn has to do.
SEEDS = {case.name: number % 10 for number, case in enumerate([*PLANTED, *HARD])}


def names(cases):
    return {"argvalues": cases, "ids": [case.name for case in cases]}


def test_there_are_enough_cases_of_each_kind():
    assert len(PLANTED) >= 100
    assert len(HARD) >= 100
    assert len({case.name for case in PLANTED}) == len(PLANTED)
    assert len({case.name for case in HARD}) == len(HARD)


@pytest.mark.parametrize("case", **names(PLANTED))
def test_a_planted_error_is_found(case: Case):
    report = report_on(case, SEEDS[case.name])
    assert not report.ok, case.name


@pytest.mark.parametrize("case", **names(HARD))
def test_a_right_derivative_raises_no_alarm(case: Case):
    report = report_on(case, SEEDS[case.name])
    assert report.ok, str(report)
    assert not report.wrong


@pytest.mark.parametrize("seed", range(2000, 2060))
def test_an_error_drawn_at_random_is_found(seed):
    case = drawn.planted(seed)
    assert not report_on(case, seed).ok, case.name


@pytest.mark.parametrize("seed", range(2000, 2060))
def test_a_function_drawn_at_random_raises_no_alarm(seed):
    report = report_on(drawn.hard(seed), seed)
    assert report.ok, str(report)


def test_verdicts_are_named_in_the_order_of_their_gravity():
    assert list(Verdict) == ["right", "kink", "inconclusive", "wrong"]
    assert gradcheck(abs, 0.0).verdicts[0] == Verdict.KINK
