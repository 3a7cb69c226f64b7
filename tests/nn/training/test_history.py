"""Tests of History."""

from xml.etree import ElementTree

import nn


def example():
    history = nn.History()
    history.append({"loss": 1.5, "val_accuracy": 0.25})
    history.append({"loss": 0.5, "val_accuracy": 0.75})
    return history


def test_it_prints_as_a_table():
    assert str(nn.History()) == "epoch"
    assert str(example()).splitlines() == [
        "epoch      loss  val_accuracy",
        "    1    1.5000        0.2500",
        "    2    0.5000        0.7500",
    ]


def test_it_is_a_table_in_a_notebook():
    table = ElementTree.fromstring(f"<div>{example()._repr_html_()}</div>")
    cells = [[cell.text for cell in row] for row in table.iter("tr")]
    assert cells == [
        ["epoch", "loss", "val_accuracy"],
        ["1", "1.5000", "0.2500"],
        ["2", "0.5000", "0.7500"],
    ]


def test_names_and_reasons_are_escaped():
    history = nn.History({"a<b": [1.0]})
    history.stopped = "x & y"
    assert "a&lt;b" in history._repr_html_()
    assert "stopped: x &amp; y" in history._repr_html_()


def test_why_it_ended_stands_below():
    history = example()
    history.stopped = "enough"
    assert str(history).splitlines()[-1] == "stopped: enough"


def test_it_is_a_dictionary():
    assert dict(example()) == {"loss": [1.5, 0.5], "val_accuracy": [0.25, 0.75]}
    assert example() == example()
