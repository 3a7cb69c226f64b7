"""Every notebook of the course runs from clean, and says what its readers have before them."""

import re

import pytest

from tests.notebooks.course import NAMES, committed, examples, pictures, read, run, said

NUMBER = re.compile(r"[-−+]?\d+(?:\.(\d+))?(?:e([-−+]?\d+))?")

#: What the course promises to compute in front of the reader, and the notebook that does.
WORKED = {
    "01": ["dz/dm = 10.125", "x.grad = 136.6875", "dc/da = 4.0"],
    "02": ["z = 1.031", "0.737", "0.729", "w = (-0.94, 0.00)", "mistakes in epoch 10 000: 4"],
    "03": ["A = 1.5   B = -5.5   C = 2.25", "(300, 2) · (2, 3) + (1, 3) → (300, 3)", "13002"],
    "04": ["160 paths", "L = −log 0.2 = 1.6094", "∂L/∂z = [-0.8  0.3  0.5]", "(2, 300) · (300, 3)"],
    "05": [
        "largest slope is 0.25",
        "4.875e-06",
        "0.2 × 0.02 = 0.004",
        "2.496",
        "leaky ReLU: 0.0001",
    ],
    "06": ["∂O₂₁/∂O₁₁ = 125.0", "200 × 125 × 100 = 2,500,000"],
    "07": [
        "p = 0.9999546  4.54e-05  9.36e-14  6.30e-16",
        "0 × 1 × 1 = 0",
        "0.01 × 1 × 1 × 0.01 = 0.0001",
    ],
    "08": [
        "r = 3.0: 2.500 (by hand 2.500)",
        "perplexity 5.0000",
        "integer targets:   0.8419",
    ],
    "09": ["0.1225  0.1225", "0.1414  0.1414", "0.0577  0.0577"],
    "10": [
        "mini-batch iterations   10",
        "t = 1: 3.16",
        "0.1000, 0.1900",
        "0.0100, 0.0190",
    ],
    "12": ["W′ = (1 − p)·W:      True", "[0.  0.2 0.4 1. ]"],
    "13": ["networks trained: 28"],
    "14": [
        "[ 0. -4. -4.  0.]",
        "[ 0.  0. -4. -4.  0.  4.]",
        "[255.   0.   0. 255.]",
        "61,100,840",
        "138,357,544",
    ],
    "15": ["1,048,576 paths", "11,689,512 parameters"],
}


def assert_same(text, expected):
    """Equal, but for what rounding may do to the last printed digit on another machine."""
    assert NUMBER.sub("#", text) == NUMBER.sub("#", expected)
    for got, wanted in zip(NUMBER.finditer(text), NUMBER.finditer(expected), strict=True):
        decimals, power = len(wanted[1] or ""), _plain(wanted[2] or "0")
        last_digit = 10.0 ** (int(power) - decimals) if decimals or wanted[2] else 0.0
        a, b = (float(_plain(found[0])) for found in (got, wanted))
        assert abs(a - b) <= 1.01 * last_digit, f"{got[0]} instead of {wanted[0]} in {expected!r}"


def _plain(number):
    return number.replace("−", "-")


def outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.mark.notebook
def test_runs_and_says_what_is_committed(name, tmp_path):
    """Together with the Python in its text cells, which comes last."""
    import nbformat

    notebook, shown = read(name), examples(read(name))
    notebook.cells += [nbformat.v4.new_code_cell(code) for code, _ in shown]
    run(notebook, tmp_path)
    fresh, kept = outputs(notebook), outputs(committed(name))
    assert len(fresh) == len(kept) + len(shown)
    for now, before in zip(fresh, kept, strict=False):
        assert_same(said(now), said(before))
        assert pictures(now) == pictures(before)
    for now, (_, promised) in zip(fresh[len(kept) :], shown, strict=True):
        assert_same(said(now), promised.strip())


@pytest.mark.notebook
def test_both_files_hold_the_same_text(name):
    py, ipynb = (
        [(c.cell_type, c.source) for c in nb.cells] for nb in (read(name), committed(name))
    )
    assert py == ipynb, f"make notebooks writes {name}.ipynb anew"


@pytest.mark.notebook
def test_worked_numbers_are_computed(name):
    printed = "\n".join(map(said, outputs(committed(name))))
    assert not [number for number in WORKED.get(name[:2], ()) if number not in printed]
