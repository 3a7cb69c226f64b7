"""A derivative may itself run a sweep, over nodes that the outer sweep is visiting."""

import pickle

import pytest

from autograd import Tensor, Value
from autograd.primitives import NUMPY_FUNCTIONS, TABLE, elementwise


def run_trace(x):
    (x * x).trace()


def run_pickle(x):
    pickle.dumps(x * x)


def run_backward_elsewhere(x):
    other = type(x)(1.0)
    (other * x).backward()
    x.grad = None


@pytest.mark.parametrize("carrier", [Value, Tensor])
@pytest.mark.parametrize("inside", [run_trace, run_pickle, run_backward_elsewhere])
def test_a_sweep_inside_a_derivative(monkeypatch, carrier, inside):
    x = carrier(3.0)

    def forward(z):
        return 2 * z

    def derivative(z, y):
        inside(x)
        return 2.0

    # The tables are as before when the test is over.
    monkeypatch.setitem(TABLE, "nested", None)
    monkeypatch.setitem(NUMPY_FUNCTIONS, forward, None)
    double = elementwise("nested", forward, derivative)
    (double(x) * x).backward()
    assert float(x.grad) == 12.0
