"""check(): healthy gradients pass, and a failure names the place."""

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from viz.assertions import check


def loss_of(model):
    x = np.random.default_rng(0).normal(size=(32, 8))
    return nn.functional.cross_entropy(model(x), np.arange(32) % 4)


def test_a_healthy_network_passes_everything(tmp_path):
    loss = loss_of(nn.MLP([8, 16, 16, 4], seed=0))
    check(loss, tmp_path).finite().no_vanishing(1e-6).no_exploding(1e3).no_dead(0.5)
    assert list(tmp_path.iterdir()) == []


def test_vanishing_names_the_variables_and_their_gradients():
    loss = loss_of(nn.MLP([8] * 20 + [4], activation=nn.Sigmoid, seed=0))
    with pytest.raises(AssertionError, match=r"\(RMS below 1e-06\) at fc1\.") as caught:
        check(loss).no_vanishing(1e-6)
    assert "fc20" not in str(caught.value)


def test_a_gradient_of_exactly_zero_has_vanished():
    with pytest.raises(AssertionError, match=r"at x \(0\)"):
        check(Value(3.0, name="x") * 0.0).no_vanishing(1e-30)


def test_exploding_names_the_nodes_on_the_way():
    x = Value(1.0, name="x")
    with pytest.raises(AssertionError, match=r"explodes \(RMS above 1000\) at x \(2\.5e5\)"):
        check((x * 500.0) * 500.0).no_exploding(1e3)


def test_nan_counts_as_exploded():
    x = Value(float("nan"), name="x")
    with pytest.raises(AssertionError, match="x"):
        check(x * x).no_exploding()


def test_dead_units_are_counted():
    model = nn.MLP([8, 16, 4], seed=0)
    dict(model.named_parameters())["fc1.bias"].data -= 100.0
    with pytest.raises(AssertionError, match=r"dead in .*\(16 of 16 units\)"):
        check(loss_of(model)).no_dead(0.5)


def test_what_is_not_finite_is_named_with_its_remedy():
    x = Tensor([1.0, 0.0], name="x")
    with np.errstate(all="ignore"):
        loss = np.sum(np.log(x))
    with pytest.raises(AssertionError, match=r"log is the first operation.*What helps: log of 0"):
        check(loss).finite()


def test_a_failure_leaves_the_page_beside_the_test(tmp_path):
    with pytest.raises(AssertionError, match=r"The graph: .*\.html"):
        check(Value(3.0, name="x") * 0.0, tmp_path).no_vanishing()
    (page,) = tmp_path.iterdir()
    assert page.name == "test_a_failure_leaves_the_page_beside_the_test.html"
    assert "<script>" in page.read_text(encoding="utf-8")


def test_bad_input_is_told_in_one_sentence(tmp_path):
    with pytest.raises(TypeError, match="check takes a Value, a Tensor or a Trace, but list"):
        check([1.0])
    with pytest.raises(FileNotFoundError, match="no such folder"):
        check(Value(1.0), tmp_path / "missing")
