"""The report: what it says, how long it is, what it shows in a notebook."""

from xml.etree import ElementTree

import numpy as np
import pytest

from autograd import assert_gradients, gradcheck
from autograd.checking import Report, Verdict

X = np.linspace(-2, 2.1, 20).reshape(4, 5)


def with_change(change):
    return gradcheck(np.sin, X, vjp=lambda g, x: change(g * np.cos(x)))


def one_sign(v):
    v = v.copy()
    v[2, 3] *= -1
    return v


def test_one_wrong_sign_among_twenty_is_named():
    report = with_change(one_sign)
    assert not report.ok
    assert report.verdicts[0][2, 3] == Verdict.WRONG
    assert (report.verdicts[0] == Verdict.WRONG).sum() == 1
    worst = report.worst
    assert (worst.input, worst.index) == (0, (2, 3))
    assert worst.hint == "opposite sign"
    text = str(report)
    assert "input 0 [2, 3]" in text
    assert "opposite sign" in text
    assert "19 right" in text
    assert text.count("\n") < 24


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: 2 * v, "twice the estimate: a missing factor ½?"),
        (lambda v: v / 2, "half the estimate: a missing factor 2?"),
        (lambda v: 0 * v, "was a term or this input forgotten?"),
        (lambda v: 1.001 * v, "off by 1.0e-03 of it"),
        (lambda v: v.astype(np.float32).astype(float), "float32"),
        (lambda v: np.flip(v, 0), "reversed along axis 0"),
        (lambda v: 3.5 * v, "3.5 times the estimate"),
    ],
)
def test_what_the_numbers_look_like_is_said(change, said):
    text = str(with_change(change))
    assert said in text
    assert text.count("\n") < 24


def test_a_transposed_gradient_is_named():
    a = np.arange(9.0).reshape(3, 3) / 4 + 0.1
    report = gradcheck(lambda x: np.sum(np.sin(x) * a), a, gradient=lambda x: (np.cos(x) * a).T)
    assert "transposed" in str(report)


def test_exchanged_gradients_are_named():
    report = gradcheck(
        lambda a, b: np.sum(np.sin(a) * b), X, X + 0.3,
        vjp=lambda g, a, b: (g * np.sin(a), g * np.cos(a) * b),
    )  # fmt: skip
    assert "the gradient of input 0 equals the estimate for input 1" in str(report)


def test_a_mistake_for_negative_numbers_is_located():
    report = with_change(lambda v: v * np.where(X < 0, 1.01, 1))
    assert "wrong exactly where the input is negative" in str(report)


def test_a_mistake_elsewhere_says_where():
    x = np.array([0.5, 1.0])
    report = gradcheck(np.exp, x, vjp=lambda g, x: g * np.exp(x) * np.where(x < 0, 1.01, 1.0))
    assert not report.ok
    assert set(report.verdicts[0]) == {Verdict.RIGHT}
    assert report.elsewhere
    assert all(e.at < 0 for e in report.elsewhere)
    assert "elsewhere" in str(report)
    assert gradcheck(
        np.exp, x, vjp=lambda g, x: g * np.exp(x) * np.where(x < 0, 1.01, 1.0), probe=False
    ).ok


def test_other_points_wait_until_the_given_one_is_right():
    report = with_change(one_sign)
    assert not report.probed
    assert "other points are looked at after this is put right" in str(report)


def test_other_points_are_looked_at_all_the_same_if_only_a_rule_is_broken():
    def vjp(g, x):
        return x if g == 1.0 and (x > 0).all() else g * 1.01 * x

    report = gradcheck(lambda x: 0.5 * np.sum(x**2), np.ones(3), gradient=lambda x: vjp(1.0, x))
    assert "shares memory" in str(report)
    assert report.elsewhere


def test_probes_are_reported_with_their_seed():
    report = gradcheck(np.sin, X, seed=5)
    assert "12 others (seed 5)" in str(report)
    assert len(report.probed) == 12


def test_the_same_seed_gives_the_same_report():
    assert str(with_change(lambda v: v + 1e-3)) == str(with_change(lambda v: v + 1e-3))


def test_table_lists_every_element():
    report = gradcheck(np.sin, X, vjp=lambda g, x: one_sign(g * np.cos(x)), probe=False)
    assert report.table().count("input 0 [") == 20


def test_assertion_carries_the_report():
    with pytest.raises(AssertionError, match="opposite sign"):
        assert_gradients(np.sin, X, vjp=lambda g, x: one_sign(g * np.cos(x)))
    assert isinstance(assert_gradients(np.sin, X), Report)


def test_report_is_true_if_ok():
    assert gradcheck(np.sin, X)
    assert not with_change(one_sign)
    assert repr(with_change(one_sign)) == str(with_change(one_sign))


def test_html_marks_the_wrong_cells_and_is_well_formed():
    page = with_change(one_sign)._repr_html_()
    root = ElementTree.fromstring(page)
    cells = [cell for cell in root.iter("td") if "✗" in (cell.text or "")]
    assert len(cells) == 1
    assert "[2, 3]" in cells[0].get("title")
    assert "#b3261e" in cells[0].get("style")
    assert "<script" not in page
    assert len(list(root.iter("td"))) == 20


def test_html_of_a_scalar_a_large_and_a_symmetric_input():
    for x, options in ((0.5, {}), (np.zeros((30, 30)) + 0.1, {"probe": False}),
                       (np.eye(3), {"domain": "spd"})):  # fmt: skip
        f = np.linalg.inv if options.get("domain") else np.sin
        ElementTree.fromstring(gradcheck(f, x, **options)._repr_html_())


# --- what is inconclusive ---------------------------------------------------------------------


def test_a_jump_is_inconclusive_and_confirmed_nearby():
    report = gradcheck(np.sign, np.array([0.0, 1.0]), vjp=lambda g, x: 0 * g * x)
    assert list(report.verdicts[0]) == [Verdict.INCONCLUSIVE, Verdict.RIGHT]
    assert "jumps by 1" in report.worst.why
    assert report.ok
    strict = gradcheck(
        np.sign, np.array([0.0, 1.0]), vjp=lambda g, x: 0 * g * x, inconclusive="fail"
    )
    assert not strict.ok
    assert "jumps by 1" in str(strict)


@pytest.mark.parametrize(
    ("f", "vjp", "help_"),
    [
        (np.sign, lambda g, x: 0 * g * x, "check beside it"),
        (np.cbrt, lambda g, x: np.full_like(x, 1e9), "check beside it"),
        (lambda x: 1e15 + np.sin(x), lambda g, x: g * np.cos(x), "without its constant part"),
        (lambda x: np.sin(1e18 * (x + 1)), lambda g, x: g * x, "check at another point or scale"),
    ],
)
def test_what_is_inconclusive_says_what_would_help(f, vjp, help_):
    report = gradcheck(f, np.zeros(1), vjp=vjp, inconclusive="fail", probe=False)
    assert report.worst.verdict == Verdict.INCONCLUSIVE
    assert help_ in str(report)


def test_without_probes_nothing_confirms():
    options = {"vjp": lambda g, x: 0 * g, "probe": False}
    assert not gradcheck(np.sign, 0.0, **options).ok
    assert gradcheck(np.sign, 0.0, inconclusive="pass", **options).ok


def test_a_kink_passes_between_the_one_sided_derivatives_only():
    for claim, verdict in ((0.0, "kink"), (-1.0, "kink"), (0.7, "kink"), (1.01, "wrong")):
        report = gradcheck(np.abs, 0.0, vjp=lambda g, x, c=claim: g * (c if x == 0 else np.sign(x)))
        assert report.verdicts[0][()] == verdict
        assert report.ok == (verdict == "kink")


# --- second order, modes, fast ----------------------------------------------------------------


def test_second_order_of_nodes():
    report = gradcheck(lambda x: np.exp(x) * np.sin(x), X, order=2)
    assert report.ok
    assert report.second.ok
    assert "second derivatives" in str(report)


def test_a_wrong_second_derivative_is_found(monkeypatch):
    from autograd.primitives import TABLE

    first = gradcheck(lambda x: np.sinh(x), X)
    assert first.ok
    # The rule of sinh is right; that of the cosh in it is not.
    monkeypatch.setattr(TABLE["cosh"], "derivatives", (lambda x, y: -TABLE["sinh"](x),))
    report = gradcheck(lambda x: np.sinh(x), X, order=2)
    assert not report.ok
    assert not report.second.ok
    assert report.inputs
    assert not report.wrong


def test_forward_mode_is_held_against_reverse_mode(monkeypatch):
    from autograd.primitives import TABLE

    # What is declared linear and is not, has a wrong forward mode alone.
    monkeypatch.setattr(TABLE["logsumexp"], "linear", True)
    report = gradcheck(lambda x: TABLE["logsumexp"](x, axis=0), X)
    assert not report.ok
    assert "forward mode and reverse mode differ" in str(report)


def test_fast_mode_finds_errors_and_says_what_it_does_not_see():
    x = np.random.default_rng(0).standard_normal((40, 50))
    good = gradcheck(np.tanh, x, vjp=lambda g, x: g * (1 - np.tanh(x) ** 2), fast=True)
    assert good.ok
    assert "may pass" in str(good)
    bad = gradcheck(np.tanh, x, vjp=lambda g, x: 1.001 * g * (1 - np.tanh(x) ** 2), fast=True)
    assert not bad.ok
    assert "without fast=True" in str(bad) or "off by" in str(bad)


def test_fast_mode_finds_errors_elsewhere_by_directions_too():
    x = np.random.default_rng(0).uniform(0.2, 1.0, (30, 40))
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x**3)

    wrong = gradcheck(f, x, gradient=lambda x: 3 * x**2 * np.where(x < 0, 1.01, 1.0), fast=True)
    assert not wrong.ok
    assert "at the probe" in str(wrong)
    assert len(calls) < 300
