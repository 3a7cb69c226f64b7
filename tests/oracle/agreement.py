"""A function here and PyTorch's: values and derivatives compared. Not a test module."""

import numpy as np
import torch

import nn.functional as F  # noqa: N812 - PyTorch's usual name for it
from autograd import Tensor, ValueArray, grad

TF = torch.nn.functional
RNG = np.random.default_rng(0)


def differentiated(function, arrays, weights, order):
    """The value of a function in PyTorch, and its derivatives under given weights."""
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    value = function(*tensors)
    loss = (value * torch.from_numpy(weights)).sum()
    gradients = torch.autograd.grad(loss, tensors, create_graph=order == 2, allow_unused=True)
    gradients = zeros_for_none(gradients, tensors)
    if order == 1:
        return value, gradients, None
    bent = sum((t.detach().cos() * g).sum() for t, g in zip(tensors, gradients, strict=True))
    if not bent.requires_grad:
        return value, gradients, zeros_for_none([None] * len(tensors), tensors)
    seconds = torch.autograd.grad(bent, tensors, allow_unused=True)
    return value, gradients, zeros_for_none(seconds, tensors)


def zeros_for_none(gradients, tensors):
    pairs = zip(gradients, tensors, strict=True)
    return [torch.zeros_like(t) if g is None else g for g, t in pairs]


def agree(ours, theirs, *arrays, order=2, carriers=(Tensor, ValueArray), rtol=1e-10):
    """Compare values and derivatives of the first order (both carriers) and the second."""
    shape = tuple(theirs(*map(torch.tensor, arrays)).shape)
    weights = np.asarray(RNG.normal(size=shape))
    value, gradients, seconds = differentiated(theirs, arrays, weights, order)
    same = {"rtol": rtol, "atol": 1e-12}
    for carrier in carriers:
        nodes = [carrier(a) for a in arrays]
        out = ours(*nodes)
        np.testing.assert_allclose(out.data, value.detach().numpy(), **same)
        np.sum(out * weights).backward()
        for node, gradient in zip(nodes, gradients, strict=True):
            found = np.zeros(node.shape) if node.grad is None else node.grad
            np.testing.assert_allclose(found, gradient.numpy(force=True), **same)
    if order == 1:
        return
    every = tuple(range(len(arrays)))

    def bent(*xs):
        gs = grad(lambda *ys: np.sum(ours(*ys) * weights), argnums=every)(*xs)
        return sum(np.sum(np.cos(a) * g) for a, g in zip(arrays, gs, strict=True))

    for found, second in zip(grad(bent, argnums=every)(*arrays), seconds, strict=True):
        np.testing.assert_allclose(found, second.numpy(force=True), rtol=1e-8, atol=1e-10)


def with_second(function, second, first):
    """A function of two arguments as one of the first."""
    return function(first, second)


def both(name, **options):
    """A function here and there, with the same options."""
    ours, theirs = getattr(F, name), getattr(TF, name)
    return (lambda *xs: ours(*xs, **options)), (lambda *xs: theirs(*xs, **options))
