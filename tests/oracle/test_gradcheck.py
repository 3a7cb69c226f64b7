"""Functions of PyTorch are checked by the same call, and PyTorch's own checker is outdone."""

import numpy as np
import pytest
import torch

from autograd import gradcheck
from autograd.checking import Verdict

pytestmark = pytest.mark.oracle

X = torch.tensor([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]], dtype=torch.float64)


class WrongSquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 2.001 * x


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (torch.sin, (X,)),
        (torch.softmax, None),
        (lambda a, b: a @ b, (X, X.T.clone())),
        (lambda x: torch.linalg.inv(x @ x.T), (X,)),
        (torch.tanh, (X.float(),)),
        (lambda x: torch.relu(x), (torch.tensor([0.0, 1.0, -1.0]),)),
        (lambda x: x.max(), (torch.tensor([2.0, 2.0, 1.0]),)),
        (torch.log, (torch.tensor([1e-8, 1.0], dtype=torch.float64),)),
    ],
)
def test_right_functions(f, inputs):
    if inputs is None:
        f, inputs = (lambda x: torch.softmax(x, -1)), (X,)
    report = gradcheck(f, *inputs)
    assert report.ok, str(report)
    assert report.claimant == "PyTorch"


def test_float32_code_is_run_in_float64():
    assert gradcheck(torch.tanh, X.float()).precision == "float64"


def test_a_wrong_backward_is_found():
    report = gradcheck(WrongSquare.apply, X)
    assert (report.verdicts[0] == Verdict.WRONG).all()
    assert "off by 5.0e-04" in str(report)


def test_inputs_are_left_as_they_were():
    x = X.clone().requires_grad_()
    gradcheck(torch.sin, x)
    assert x.grad is None
    assert torch.equal(x.detach(), X)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: torch.log(x), [1e-8, 1.0]),
        (lambda x: torch.sin(1e6 * x), [0.3, 1.0]),
        (lambda x: 1e9 + torch.sin(x), [0.3, 1.0]),
        (lambda x: x**2, [1e12, 2e12]),
    ],
)
def test_where_pytorch_raises_a_false_alarm_there_is_none(f, x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    assert not torch.autograd.gradcheck(f, (x,), raise_exception=False)
    report = gradcheck(f, x)
    assert report.ok, str(report)


@pytest.mark.parametrize("size", [1e-7, 1e-9])
def test_where_pytorch_misses_a_tiny_wrong_gradient_it_is_found(size):
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return size * x * x

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 4 * size * ctx.saved_tensors[0]

    x = torch.tensor([0.3, 1.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Doubled.apply, (x,), raise_exception=False)
    assert not gradcheck(Doubled.apply, x).ok


def test_numpy_functions_beside_it_are_not_mistaken_for_torch():
    assert gradcheck(np.sin, np.ones(2)).claimant == "reverse mode"
