"""Tests of Adam; tests/oracle/test_nn_optim.py compares it with PyTorch's."""

import numpy as np

import nn


def test_the_first_step_is_the_learning_rate_whatever_the_gradient():
    # Bias correction makes m̂ = g and v̂ = g², so the step is η·g/(|g| + ε).
    p = nn.Parameter([1.0, 1.0, 1.0], np.float64)
    p.grad = np.array([1e-3, -5.0, 1e4])
    nn.optim.Adam([p], lr=0.01).step()
    np.testing.assert_allclose(p.data, [0.99, 1.01, 0.99], rtol=1e-6)


def test_the_second_step_by_hand():
    p = nn.Parameter([1.0], np.float64)
    optimizer = nn.optim.Adam([p], lr=0.1, betas=(0.5, 0.75), eps=0.0)
    for gradient in (1.0, 3.0):
        p.grad = np.array([gradient])
        optimizer.step()
    # m = 0.5·0.5 + 0.5·3 = 1.75, v = 0.75·0.25 + 0.25·9 = 2.4375
    mean, square = 1.75 / (1 - 0.5**2), 2.4375 / (1 - 0.75**2)
    np.testing.assert_allclose(p.data, [1 - 0.1 - 0.1 * mean / np.sqrt(square)], rtol=1e-14)


def test_amsgrad_keeps_the_largest_square():
    p = nn.Parameter([1.0], np.float64)
    optimizer = nn.optim.Adam([p], lr=0.1, betas=(0.0, 0.5), eps=0.0, amsgrad=True)
    for gradient in (4.0, 0.0, 1.0):
        p.grad = np.array([gradient])
        before = p.data.copy()
        optimizer.step()
    # v is 8, 4, then 2.5; the largest is 8, and the correction is 1 − 0.5³.
    np.testing.assert_allclose(before - p.data, [0.1 / np.sqrt(8 / 0.875)], rtol=1e-14)


def test_decoupled_decay_is_the_same_for_all_gradients():
    p = nn.Parameter([1.0, 1.0], np.float64)
    p.grad = np.array([1e-3, 1e3])
    nn.optim.AdamW([p], lr=0.1, weight_decay=0.5).step()
    np.testing.assert_allclose(p.data, [1 - 0.1 - 0.05] * 2, rtol=1e-5)
