"""Tests of gradient clipping; tests/oracle/test_nn_optim.py compares it with PyTorch's."""

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, ValueArray
from nn.optim import clip_grad_norm_, clip_grad_value_


def with_gradients(*gradients):
    params = [nn.Parameter(np.zeros(np.shape(gradient)), np.float64) for gradient in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = np.array(gradient)
    return params


def test_all_gradients_are_shortened_together():
    # √(3² + 4²) = 5, to be 1.
    params = with_gradients([3.0], [[4.0]])
    assert clip_grad_norm_(iter(params), 1.0) == 5.0
    np.testing.assert_allclose([params[0].grad[0], params[1].grad[0, 0]], [0.6, 0.8], rtol=1e-6)


def test_short_gradients_are_left():
    (param,) = with_gradients([3.0, 4.0])
    gradient = param.grad
    assert clip_grad_norm_(param, 6.0) == 5.0
    assert param.grad is gradient


def test_other_norms():
    assert clip_grad_norm_(with_gradients([3.0], [-4.0]), 9.0, norm_type=1) == 7.0
    assert clip_grad_norm_(with_gradients([3.0], [-4.0]), 9.0, norm_type=float("inf")) == 4.0


def test_values_are_limited():
    (param,) = with_gradients([-3.0, 0.5, 4.0])
    clip_grad_value_([param], 1.0)
    assert param.grad.tolist() == [-1.0, 0.5, 1.0]


def test_parameters_without_a_gradient_are_passed_over():
    assert clip_grad_norm_([nn.Parameter([1.0])], 1.0) == 0.0
    clip_grad_value_([nn.Parameter([1.0])], 1.0)


@pytest.mark.parametrize("make", [lambda: ValueArray([3.0, 4.0]), lambda: Tensor([3.0, 4.0])])
def test_both_carriers(make):
    param = make()
    np.sum(param * param).backward()
    assert clip_grad_norm_(param, 1.0) == 10.0
    np.testing.assert_allclose(param.grad, [0.6, 0.8], rtol=1e-6)


def test_a_single_value():
    value = Value(3.0)
    (value * value).backward()
    clip_grad_value_(value, 2.0)
    assert value.grad == 2.0


def test_float32_stays():
    param = nn.Parameter([3.0])
    param.grad = np.array([3.0], np.float32)
    clip_grad_norm_([param], 1.0)
    assert param.grad.dtype == np.float32


def test_gradients_that_are_not_finite():
    (param,) = with_gradients([np.nan, 1.0])
    with pytest.raises(FloatingPointError, match=r"norm nan and cannot be clipped; viz\.diagnose"):
        clip_grad_norm_(param, 1.0, error_if_nonfinite=True)
    assert param.grad[1] == 1.0
    assert np.isnan(clip_grad_norm_(param, 1.0))
    assert np.isnan(param.grad).all()


def test_bad_input():
    with pytest.raises(ValueError, match="max_norm must be 0 or more, but max_norm=-1"):
        clip_grad_norm_([], -1)
    with pytest.raises(ValueError, match="clip_value must be 0 or more, but clip_value=nan"):
        clip_grad_value_([], float("nan"))
