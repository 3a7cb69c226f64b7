"""The pytest fixture, the strategies and the command."""

import argparse
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, gradcheck
from autograd.checking.command import describe
from autograd.checking.declarations import DECLARED
from autograd.checking.strategies import operands, well_scaled
from autograd.primitives import TABLE
from pytest_glassgrad import gradcheck as fixture

check_gradients = fixture  # under a name of its own, whether or not the plugin is installed


def test_the_fixture_returns_the_report(check_gradients):
    assert check_gradients(np.sin, np.ones(3)).ok


def test_the_fixture_fails_with_the_report(check_gradients):
    with pytest.raises(pytest.fail.Exception, match="opposite sign"):
        check_gradients(np.sin, np.ones(3), vjp=lambda g, x: -g * np.cos(x))


def test_the_plugin_is_light_to_import():
    said = "import sys, pytest_glassgrad; print({'numpy', 'autograd'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


# --- strategies -------------------------------------------------------------------------------


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.data())
def test_well_scaled_arrays_keep_away(data):
    x = data.draw(well_scaled((3, 2), away_from=(0.0, 1.0), margin=0.05))
    assert x.shape == (3, 2)
    assert np.abs(x).min() >= 0.02
    assert np.abs(x).max() < 5
    y = data.draw(well_scaled((4,), domain=(0.0, 1.0), dtype=np.float32))
    assert y.dtype == np.float32
    assert ((y >= 0) & (y <= 1)).all()


@pytest.mark.parametrize("name", ["relu", "maximum", "floor", "sort", "hypot", "log", "arctan2"])
@settings(derandomize=True, deadline=None, max_examples=15)
@given(data=st.data())
def test_operands_keep_away_from_declared_kinks(name, data):
    count = TABLE[name].arity
    given_ = data.draw(operands(name, *[(3,)] * count, margin=0.02))
    assert DECLARED[name].distance(given_, {}) >= 0.02
    assert all(DECLARED[name].domain(i).contains(x) for i, x in enumerate(given_))
    found = gradcheck(lambda *xs: TABLE[name](*xs), *map(Tensor, given_), probe=False)
    assert found.ok, str(found)


# --- command ----------------------------------------------------------------------------------

MODULE = """
import numpy as np
def good(x): return np.tanh(x)
def vjp_bad(g, x): return -g * (1 - np.tanh(x) ** 2)
def two(a, b): return a * np.log(b)
def energy(x): return np.sum(x ** 2)
def slope(x): return 2 * x
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "module_to_check.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    parser = argparse.ArgumentParser(prog="glassgrad check")
    describe(parser)

    def call(*words):
        arguments = parser.parse_args(words)
        return arguments.run(arguments)

    return call


def test_a_right_function(run, capsys):
    assert run("module_to_check:good", "--shape", "3,4") == 0
    assert "ok (12 right)" in capsys.readouterr().out


def test_a_wrong_vjp(run, capsys):
    assert run("module_to_check:good", "--shape", "3", "--vjp", "module_to_check:vjp_bad") == 1
    assert "opposite sign" in capsys.readouterr().out


def test_a_gradient_and_a_table(run, capsys):
    words = ("module_to_check:energy", "--shape", "2,2", "--table")
    assert run(*words, "--gradient", "module_to_check:slope") == 0
    assert capsys.readouterr().out.count("input 0 [") == 4


def test_inputs_from_a_file(run, tmp_path, capsys):
    np.savez(tmp_path / "point.npz", a=np.array([0.5, 1.0]), b=np.array([2.0, 3.0]))
    assert run("module_to_check:two", "--inputs", "point.npz") == 0
    assert "4 right" in capsys.readouterr().out


def test_drawn_inputs_lie_in_the_domain(run):
    assert run("module_to_check:two", "--shape", "2", "--shape", "()", "--domain", "positive") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no_such_module:f", "--shape", "3"), "no_such_module"),
        (("module_to_check:nothing", "--shape", "3"), "nothing"),
        (("module_to_check", "--shape", "3"), "package.module:function"),
        (("module_to_check:good", "--inputs", "none.npz"), "none.npz"),
        (("module_to_check:good", "--shape", "3", "--domain", "elsewhere"), "domain="),
    ],
)
def test_what_cannot_be_checked_gets_one_sentence(run, capsys, words, said):
    assert run(*words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_bad_shape_is_refused(run, capsys):
    with pytest.raises(SystemExit):
        run("module_to_check:good", "--shape", "3x4")
    assert "3,4" in capsys.readouterr().err
