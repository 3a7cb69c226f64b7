"""compare(): what corresponds to what, and how large it was and is."""

import math

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, scope
from viz.comparison import compare


def classify(activation, seed=0):
    model = nn.MLP([8, 8, 8, 8, 4], activation=activation, seed=seed)
    x = np.random.default_rng(0).normal(size=(16, 8))
    return nn.functional.cross_entropy(model(x), np.arange(16) % 4), model


def residual(skip):
    rng = np.random.default_rng(0)
    h = rng.normal(size=(5, 6))
    for i in range(3):
        w = Tensor(rng.normal(size=(6, 6)) * 0.3, name=f"w{i}")
        with scope(f"block{i}"):
            z = np.tanh(h @ w)
            h = z + h if skip and i else z
    return np.mean(h * h)


def rms(array):
    return math.sqrt(np.mean(np.square(array)))


def test_the_rows_are_the_gradients_of_both():
    (first, one), (second, two) = classify(nn.Sigmoid), classify(nn.ReLU)
    comparison = compare(first, second)
    first.backward()
    second.backward()
    assert len(comparison.rows) == 8
    for row in comparison.rows:
        before, after = (dict(m.named_parameters())[row.label].grad for m in (one, two))
        assert row.before == pytest.approx(rms(before))
        assert row.after == pytest.approx(rms(after))
        assert row.log2_ratio == pytest.approx(math.log2(row.after / row.before))


def test_graphs_of_another_structure_are_matched_by_name_and_part():
    comparison = compare(residual(False), residual(True))
    assert {row.label for row in comparison.rows} == {"w0", "w1", "w2"}
    assert comparison.only_first == comparison.only_second == ()
    assert "only here" in comparison.difference.svg


def test_what_only_one_has_is_named():
    a, b, c = (Value(2.0, name=name) for name in "abc")
    comparison = compare(a * b + b, (a * c).exp())
    assert comparison.only_first == ("b",)
    assert comparison.only_second == ("c",)
    assert "only in first: b" in str(comparison)


def test_before_and_after_a_step():
    loss, model = classify(nn.Tanh)
    before = loss.trace()
    loss.backward()
    nn.optim.SGD(model.parameters(), lr=0.5).step()
    x = np.random.default_rng(0).normal(size=(16, 8))
    after = nn.functional.cross_entropy(model(x), np.arange(16) % 4)
    comparison = compare(before, after, titles=("before", "after"))
    assert comparison.difference.title == "Gradients: after compared with before"
    assert all(row.before != row.after for row in comparison.rows)


@pytest.mark.parametrize(
    ("before", "after", "ratio"), [(0.0, 1.0, math.inf), (1.0, 0.0, -math.inf), (0.0, 0.0, None)]
)
def test_zeros_are_no_trouble(before, after, ratio):
    x, y = Value(3.0, name="x"), Value(3.0, name="x")
    (row,) = compare(x * before, y * after).rows
    assert math.isnan(row.log2_ratio) if ratio is None else row.log2_ratio == ratio


def test_the_difference_says_how_many_times():
    x, y = Value(1.0, name="x"), Value(1.0, name="x")
    picture = compare(x * 2.0, y * 0.5).difference
    assert "2 → 0.5" in picture.svg
    assert "×0.25" in picture.svg
    assert "size here ÷ size in the first graph" in picture.svg


def test_it_saves_all_three_as_one_page(tmp_path):
    x, y = Value(1.0, name="x"), Value(1.0, name="x")
    comparison = compare(x * 2.0, y * 0.5)
    page = comparison.save(tmp_path / "c.html").read_text(encoding="utf-8")
    assert page.count("<iframe") == 3
    assert comparison.save(tmp_path / "c.svg").read_text() == comparison.difference.svg
    assert comparison._repr_html_().count("<iframe") == 3


def test_where_no_page_can_be_shown_there_is_the_difference():
    x, y = Value(1.0, name="x"), Value(1.0, name="x")
    comparison = compare(x * 2.0, y * 0.5)
    assert comparison._repr_mimebundle_() == {
        "text/plain": str(comparison),
        "text/html": comparison._repr_html_(),
        "image/svg+xml": comparison.difference.svg,
    }


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match=r"compares two losses.*ndarray was given"):
        compare(Value(1.0), np.ones(3))
