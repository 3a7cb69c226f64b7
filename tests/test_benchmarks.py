"""The benchmarks compare what they say: engines that agree, medians, and figures in order."""

import argparse
import dataclasses
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import growth, memory, report
from tests.benchmarks.harness import OURS, Effort, Row, Side, Target, Work, race
from tests.benchmarks.works import all_works

ONCE = Effort(0.0, 1, 1)
WITHOUT_TORCH = (OURS, "micrograd", "MyGrad", "numpy")
NAMED_IN_JSON = ["work", "ours", "mode", "peer", "ours_s", "peer_s", "ratio"]


@pytest.mark.parametrize("work", list(all_works(tiny=True)), ids=lambda work: work.name)
def test_engines_on_numpy_agree(work):
    sides = tuple(side for side in work.sides if side.engine in WITHOUT_TORCH)
    rows = race(dataclasses.replace(work, sides=sides), ONCE)
    assert {row.mode for row in rows} == {side.mode for side in sides if side.engine == OURS}


def test_works_differ_in_their_names():
    names = [work.name for work in all_works()]
    assert len(set(names)) == len(names)


class FakeTime:
    """A clock that only steps move on."""

    def __init__(self):
        self.now = 0.0

    def side(self, engine, mode, *seconds, result=1.0):
        """A side whose steps take these times in turn, and the last of them for ever."""
        times = list(seconds)

        def step():
            self.now += times.pop(0) if len(times) > 1 else times[0]
            return result

        return Side(engine, mode, lambda: step)


def test_medians_and_the_range_of_single_rounds():
    time = FakeTime()
    ours = time.side(OURS, "eager", 9, 9, 9, 9, 1, 2, 6)
    work = Work("a work", (ours, time.side("them", "", 4)), {"eager": Target(0.5)})
    (row,) = race(work, Effort(0.0, 3, 3), lambda: time.now)
    assert (row.ours_s, row.peer_s, row.ratio) == (2, 4, 0.5)
    assert (row.ratio_min, row.ratio_max, row.rounds) == (0.25, 1.5, 3)
    assert row.met


def test_the_faster_form_of_a_peer_is_quoted():
    time = FakeTime()
    sides = [
        time.side(OURS, "eager", 1),
        time.side("them", "default", 4),
        time.side("them", "fused", 2),
    ]
    (row,) = race(Work("a work", tuple(sides)), ONCE, lambda: time.now)
    assert (row.peer, row.peer_mode, row.ratio) == ("them", "fused", 0.5)


def test_a_target_is_for_the_first_peer():
    time = FakeTime()
    sides = [time.side(name, "eager", 1) for name in (OURS, "first", "second")]
    first, second = race(Work("a work", tuple(sides), {"eager": Target(2)}), ONCE, lambda: time.now)
    assert (first.peer, first.met) == ("first", True)
    assert (second.peer, second.met) == ("second", None)


def test_different_results_are_not_compared():
    time = FakeTime()
    sides = (
        time.side(OURS, "eager", 1, result=[1.0, 2.0]),
        time.side("them", "", 1, result=[1, 2.1]),
    )
    with pytest.raises(AssertionError, match=r"a work: glassgrad \(eager\) and them .* differ by"):
        race(Work("a work", sides, tolerance=1e-2), ONCE, lambda: time.now)
    with pytest.raises(AssertionError, match="differ by nan"):
        race(Work("a work", (time.side(OURS, "eager", 1, result=math.nan), sides[1])), ONCE)


def row(ours_s=1.0, peer_s=4.0, **others):
    ratio = ours_s / peer_s
    figures = (ours_s, peer_s, ratio, ratio / 2, ratio * 2)
    return Row("a work", OURS, "eager", "them", *figures, "fused", 3, **others)


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target(0.25), True),
        (Target(0.2), False),
        (Target(1.0, in_seconds=True), True),
        (Target(0.5, in_seconds=True), False),
    ],
)
def test_the_table_says_whether_a_target_is_met(target, met):
    head, body = report.times([row(target=target)]).splitlines()
    assert head.startswith("work    mode   peer         ours  peer's  ours : peer  range")
    assert body.endswith("met" if met else "MISSED")
    assert "a work  eager  them, fused  1 s   4 s     0.25         0.125 - 0.5" in body


def test_small_ratios_and_times_are_written_as_people_say_them():
    body = report.times([row(2e-5, 0.04, target=Target(1 / 1000))]).splitlines()[1]
    assert "20 µs  40 ms   1 : 2 000" in body
    assert "≤ 1 : 1 000  met" in body


def test_peaks_of_memory_have_a_table_of_their_own():
    assert report.memory([row()]) == ""
    grown = row(ours_bytes=3 * 2**20, peer_bytes=2 * 2**20, memory_target=Target(1.2))
    body = report.memory([row(), grown]).splitlines()[1:]
    assert body == ["a work       eager  them  3.0 MB  2.0 MB  1.50         ≤ 1.20  MISSED"]


def test_json_has_the_figures_in_order_and_null_where_there_is_no_peer(tmp_path):
    time = FakeTime()
    alone = race(Work("alone", (time.side(OURS, "SVG", 1),)), ONCE, lambda: time.now)
    report.write_json([row(target=Target(0.5)), *alone], tmp_path / "figures.json", threads=2)
    first, second = json.loads((tmp_path / "figures.json").read_text())
    assert list(first)[: len(NAMED_IN_JSON)] == NAMED_IN_JSON
    assert [first[key] for key in NAMED_IN_JSON] == [
        "a work",
        OURS,
        "eager",
        "them",
        1.0,
        4.0,
        0.25,
    ]
    assert (first["target"], first["met"], first["threads"]) == ("≤ 0.50", True, 2)
    assert [second[key] for key in NAMED_IN_JSON] == ["alone", OURS, "SVG", None, 1.0, None, None]


def series(power):
    return [row(n**power, n, series="nodes", size=n) for n in (10, 100, 1000)]


def test_exponents_of_growth():
    ours, theirs = growth.curves([*series(2.0), row()])
    assert (ours.label, theirs.label) == ("glassgrad, eager", "them")
    assert ours.exponent == pytest.approx(2.0)
    assert theirs.last_exponent == pytest.approx(1.0)
    assert "nodes        glassgrad, eager  2.00      2.00        10    1000" in report.exponents(
        [ours]
    )


def test_growth_is_plotted_into_the_folder_told(tmp_path):
    written = growth.plot(series(1.0), tmp_path / "plots")
    assert [path.name for path in written] == ["growth-nodes.svg", "growth-nodes.png"]
    assert "glassgrad, eager: nodes^1.00" in written[0].read_text()
    assert written[1].read_bytes().startswith(b"\x89PNG")


def test_peak_memory_counts_parameters_and_what_adam_keeps_of_them():
    (work,) = [work for work in all_works() if work.name.startswith("MLP 784-1024-1024")]
    measured = dataclasses.replace(row(), peer="MyGrad", peer_mode="")
    sides = tuple(side for side in work.sides if side.engine in WITHOUT_TORCH)
    targets = {"eager": Target(2.0)}
    work = dataclasses.replace(work, sides=sides, memory_targets=targets)
    (found,) = memory.with_memory(work, [measured])
    parameters = 4 * (784 * 1024 + 1024 * 1024)
    assert 3 * parameters < found.ours_bytes < 30 * parameters
    assert 3 * parameters < found.peer_bytes < 30 * parameters
    assert found.memory_target is targets["eager"]


def test_the_command_runs_the_works_named_and_writes_where_told(tmp_path):
    line = [sys.executable, "-m", "tests.benchmarks", "of 100 nodes", "--quick"]
    options = ["--threads", "1", "--json", str(tmp_path / "figures.json")]
    root = Path(__file__).parents[1]
    run = subprocess.run([*line, *options], cwd=root, capture_output=True, text=True, check=True)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert {figure["work"] for figure in figures} == {"drawing a graph of 100 nodes"}
    assert {figure["clock"] for figure in figures} == {"cpu_seconds"}
    assert "drawing a graph of 100 nodes  SVG" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("no such work", "No work has one of these in its name: no such work."),
        ("import", "numpy is not installed: pip install 'glassgrad[bench]', or name works that"),
    ],
)
def test_what_cannot_be_run_is_said_at_once(word, sentence, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    options = argparse.Namespace(words=[word], threads=1, quick=True, plots=None, json=None)
    with pytest.raises(SystemExit, match=re.escape(sentence)):
        command._run(options)
