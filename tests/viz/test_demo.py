"""The demo, run once for a few epochs."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from viz.cli import main

EPOCHS = 12
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Run(NamedTuple):
    """What a run left behind."""

    code: int
    printed: str
    folder: Path

    @property
    def page(self) -> str:
        return (self.folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo") / "made" / "here"
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("viz.demo.command._say", lines.append)
        code = main(["demo", "--out", str(folder), "--epochs", str(EPOCHS), "--quiet"])
    return Run(code, "\n".join(lines), folder)


class TestFiles:
    def test_all_are_written_and_named(self, run: Run) -> None:
        assert run.code == 0
        names = {path.name for path in run.folder.iterdir()}
        pictures = {f"{k}-{n}.svg" for k in ("network", "graph") for n in ("sigmoid", "relu")}
        assert names == {"index.html", *pictures}
        for name in names:
            assert str(run.folder / name) in run.printed

    @pytest.mark.parametrize(
        "name", ["network-sigmoid", "network-relu", "graph-sigmoid", "graph-relu"]
    )
    def test_pictures_are_svg(self, run: Run, name: str) -> None:
        assert ET.parse(run.folder / f"{name}.svg").getroot().tag.endswith("svg")


class TestPage:
    def test_tags_are_balanced(self, run: Run) -> None:
        class Checker(HTMLParser):
            def __init__(self) -> None:
                super().__init__()
                self.open: list[str] = []

            def handle_starttag(self, tag: str, attrs: object) -> None:
                if tag not in VOID:
                    self.open.append(tag)

            def handle_endtag(self, tag: str) -> None:
                assert self.open.pop() == tag

        checker = Checker()
        checker.feed(run.page)
        assert checker.open == []

    def test_loads_nothing(self, run: Run) -> None:
        page = run.page.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|<script|<link|@import|url\(|src=", page)

    def test_nothing_was_left_open(self, run: Run) -> None:
        assert not re.search(r"\$\w|\bnan\b|None|\{\w*\}", run.page)

    def test_shows_both_networks(self, run: Run) -> None:
        page = run.page
        for name in ("network-sigmoid", "network-relu", "graph-sigmoid", "graph-relu"):
            assert (run.folder / f"{name}.svg").read_text(encoding="utf-8") in page
        assert page.count('class="digit"') == 12

    def test_knows_light_and_dark(self, run: Run) -> None:
        assert "prefers-color-scheme: dark" in run.page


class TestFigures:
    def accuracies(self, run: Run) -> list[float]:
        printed = run.printed.split("Right on held-out images")[1]
        return [float(x) / 100 for x in re.findall(r"([\d.]+)%", printed)[:2]]

    def test_only_the_twin_learns(self, run: Run) -> None:
        sigmoid, relu = self.accuracies(run)
        assert sigmoid < 0.25
        assert relu > 0.8

    def test_the_page_shows_those_that_are_printed(self, run: Run) -> None:
        for accuracy in self.accuracies(run):
            assert f"<b>{accuracy:.1%}</b>" in run.page

    def test_vanishing_is_printed(self, run: Run) -> None:
        ill, well = run.printed.split("Gradient of the weights")[1:]
        bars = [re.findall(r"fc\d +(█*)", text) for text in (ill, well)]
        assert len(bars[0][0]) < len(bars[0][-1]) / 2
        assert len(bars[1][0]) > 0.9 * len(bars[1][-1])

    def test_diagnosis_is_printed(self, run: Run) -> None:
        ill, well = run.printed.split("Diagnosis before the first step")[1:]
        assert "vanishing at fc1" in ill
        assert "nothing found" in well


class TestTrouble:
    def test_same_seed_same_page(self, run: Run, tmp_path: Path) -> None:
        main(["demo", "--out", str(tmp_path), "--epochs", str(EPOCHS), "--quiet"])
        assert (tmp_path / "index.html").read_text(encoding="utf-8") == run.page

    def test_folder_that_cannot_be_made(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").write_text("mine")
        assert main(["demo", "--out", str(tmp_path / "file")]) == 1
        [sentence] = capsys.readouterr().err.splitlines()
        assert "cannot write into" in sentence
        assert (tmp_path / "file").read_text() == "mine"

    def test_missing_scikit_learn(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
        assert main(["demo", "--out", str(tmp_path / "new")]) == 1
        [sentence] = capsys.readouterr().err.splitlines()
        assert "pip install 'glassgrad[data]'" in sentence
        assert not (tmp_path / "new").exists()
