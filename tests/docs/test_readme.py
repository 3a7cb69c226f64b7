"""Every Python example in the README stands by itself, and prints what its comments promise."""

import pytest

from tests.docs.pages import ROOT, blocks

EXAMPLES = [b.code for b in blocks(ROOT / "README.md") if b.language == "python"]
IDS = ["step", "see", "check", "train", "replay"]


def test_there_is_an_example_for_each_use():
    assert len(EXAMPLES) == len(IDS)


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_example_runs(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    if "by_hand" in names:
        assert "1 wrong, 5 right" in printed
        assert "opposite sign" in printed
    elif "history" in names:
        assert names["history"]["accuracy"][-1] > 0.9
        assert "354 parameters" in printed
    elif "loss" in names and "√2" in example:
        assert names["w"].data == pytest.approx(2**0.5)
    elif "model" in names:
        assert "vanishing" in printed
        assert {path.name for path in tmp_path.iterdir()} == {"graph.html", "network.svg"}
    else:
        assert repr(names["w"].grad) in printed
