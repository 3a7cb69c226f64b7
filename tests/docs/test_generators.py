"""The pages that are made from the code hold what the code has."""

import re
from importlib import import_module
from types import ModuleType

import pytest

import viz.stepping.notation
from autograd.primitives import TABLE
from docs.generators import api, benchmarks, derivatives, notebooks
from docs.generators.docstrings import escape


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    api.write_pages(folder)
    return folder


@pytest.mark.parametrize("package", api.PACKAGES)
def test_every_public_name_has_an_entry(package, pages):
    text = "".join(path.read_text() for path in (pages / package).glob("*.rst"))
    entries = re.findall(r"^\.\. auto\w+:: (\w+)$", text, flags=re.MULTILINE)
    module = import_module(package)
    names = [n for n in api.public_names(package) if not isinstance(getattr(module, n), ModuleType)]
    assert sorted(entries) == sorted(names)
    listed = re.findall(rf"<{package}\.(\w+)>`", (pages / f"{package}.md").read_text())
    assert sorted(listed) == sorted(names)


def test_packages_are_all_that_other_packages_name():
    for package in api.PACKAGES:
        module = import_module(package)
        parts = [n for n in api.public_names(package) if isinstance(getattr(module, n), ModuleType)]
        assert {f"{package}.{part}" for part in parts} <= api.PACKAGES.keys()


# --- derivatives ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table():
    return derivatives.page()


def row(table, name):
    return re.search(rf'<tr id="d-{re.escape(name)}">.*?</tr>', table, flags=re.DOTALL)[0]


def test_every_primitive_has_a_row(table):
    rows = re.findall(r'<tr id="d-([^"]+)">', table)
    assert sorted(rows) == sorted(name for name, entry in TABLE.items() if entry.key == entry.name)


def test_a_row_says_rule_code_domain_and_kinks(table):
    tanh = row(table, "tanh")
    assert (
        viz.stepping.notation.rule_as_mathml("G * (1 - y ** 2)").replace("{", "").replace("}", "")
        in tanh
    )
    assert "lambda x, y: 1 - y * y" in tanh
    assert "Domain of x: positive." in row(table, "log")
    assert "No derivative: at 0." in row(table, "relu")
    assert "<mi>A</mi>" in row(table, "matmul")
    assert row(table, "multiply").count("<math>") == 2


def test_no_row_has_a_blank_line_which_would_end_the_table(table):
    for part in table.split("<table")[1:]:
        assert "\n\n" not in part[: part.index("</table>")]


# --- benchmarks, notebooks, docstrings --------------------------------------------------------


def test_benchmarks_without_figures_say_so():
    assert "No figures have been recorded" in benchmarks.page([])


ROW = {
    "work": "an MLP", "ours": "glassgrad", "mode": "eager", "peer": "torch", "ours_s": 0.002,
    "peer_s": 0.004, "ratio": 0.5, "ratio_min": 0.4, "ratio_max": 0.625, "peer_mode": "compiled",
    "target": "≤ 0.4", "met": False, "ours_bytes": 2**20, "peer_bytes": 2**21, "memory_ratio": 0.5,
    "memory_target": None, "memory_met": None, "threads": 1, "clock": "cpu_seconds",
}  # fmt: skip


def test_benchmarks_are_a_line_for_each_row():
    page = benchmarks.page([ROW])
    assert "On 1 thread, by processor time." in page
    times = "| an MLP | eager | torch, compiled | 2 ms | 4 ms | **0.5** | 0.4 to 0.625 |"
    assert f"{times} ≤ 0.4, missed |" in page
    assert "| an MLP | eager | torch | 1.0 MB | 2.0 MB | **0.5** |  |" in page


def test_benchmarks_without_a_peer_or_memory_have_dashes():
    compared = ("peer", "peer_s", "peer_mode", "ratio", "ratio_min", "ratio_max", "memory_ratio")
    page = benchmarks.page([ROW | dict.fromkeys(compared) | {"target": None}])
    assert "| an MLP | eager | — | 2 ms | — | — | — |  |" in page
    assert "Peak memory" not in page


def test_notebooks_are_copied_and_listed(tmp_path):
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "01_one.ipynb").write_text('"see [the list](README.md)"')
    (tmp_path / "from" / "scratch.ipynb").write_text("{}")
    notebooks.copy_pages(tmp_path / "from", tmp_path / "to")
    assert (tmp_path / "to" / "01_one.ipynb").read_text() == '"see [the list](index.md)"'
    assert sorted(p.name for p in (tmp_path / "to").iterdir()) == ["01_one.ipynb", "index.md"]
    assert "\n01_one\n" in (tmp_path / "to" / "index.md").read_text()


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("a * b and |x|", r"a \* b and \|x\|"),
        ("xavier_uniform_ fills", r"xavier_uniform\_ fills"),
        ("``f(*, x)`` and `n_` stay", "``f(*, x)`` and `n_` stay"),
        ("``code over\nthe * end``", "``code over\nthe * end``"),
        ("it *makes* one", "it *makes* one"),
        ("*inputs : array\n    of * any", "*inputs : array\n    of \\* any"),
        (">>> 2 * 3\n6 * 1\n\na * b", ">>> 2 * 3\n6 * 1\n\na \\* b"),
        ("so::\n\n    a * b\n\na * b", "so::\n\n    a * b\n\na \\* b"),
    ],
)
def test_docstrings_are_escaped_where_they_are_prose(written, escaped):
    assert "\n".join(escape(written.split("\n"))) == escaped
