"""The functions against PyTorch's: values and gradients, at ordinary numbers and at the bounds."""

import numpy as np
import pytest
import torch

from autograd import Tensor, ValueArray
from nn import functional

pytestmark = pytest.mark.oracle

TF = torch.nn.functional
EDGES = np.array([[-1000.0, -20.0, -1.0], [-0.0, 0.0, 1e-9], [1.0, 19.0, 1000.0]])
RNG = np.random.default_rng(0)
SOFT = np.array([[0.0, 0.5, 1.0], [0.25, 1.0, 0.0], [1.0, 0.0, 0.75]])


def agree(ours, theirs, *arrays):
    """Compare a function, and its gradient under random weights, on both carriers."""
    weights = None
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*tensors)
    weights = RNG.normal(size=tuple(expected.shape))
    (expected * torch.from_numpy(weights)).sum().backward()
    for carrier in (Tensor, ValueArray):
        nodes = [carrier(a) for a in arrays]
        out = ours(*nodes)
        np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
        np.sum(out * weights).backward()
        for node, tensor in zip(nodes, tensors, strict=True):
            np.testing.assert_allclose(node.grad, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (functional.sigmoid, torch.sigmoid),
        (functional.tanh, torch.tanh),
        (functional.relu, TF.relu),
        (functional.leaky_relu, TF.leaky_relu),
        (lambda x: functional.leaky_relu(x, 0.2), lambda x: TF.leaky_relu(x, 0.2)),
        (functional.elu, TF.elu),
        (lambda x: functional.elu(x, 0.5), lambda x: TF.elu(x, 0.5)),
        (functional.softplus, TF.softplus),
        (lambda x: functional.softplus(x, 0.5), lambda x: TF.softplus(x, 0.5)),
        (functional.silu, TF.silu),
        (functional.softmax, lambda x: TF.softmax(x, -1)),
        (lambda x: functional.softmax(x, 0), lambda x: TF.softmax(x, 0)),
        (functional.log_softmax, lambda x: TF.log_softmax(x, -1)),
        (lambda x: functional.log_softmax(x, 0), lambda x: TF.log_softmax(x, 0)),
    ],
)
def test_activations(ours, theirs):
    agree(ours, theirs, EDGES)
    agree(ours, theirs, RNG.normal(size=(2, 3)))


@pytest.mark.parametrize("slopes", [[0.25], [0.1, 0.2, 0.3]])
@pytest.mark.parametrize("x", [EDGES, RNG.normal(size=(2, 3, 2))])
def test_prelu(slopes, x):
    agree(functional.prelu, TF.prelu, x, np.array(slopes))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
class TestLosses:
    def test_mse(self, reduction):
        agree(
            lambda x, y: functional.mse_loss(x, y, reduction=reduction),
            lambda x, y: TF.mse_loss(x, y, reduction=reduction),
            EDGES,
            SOFT,
        )

    def test_bce(self, reduction):
        p = np.array([[0.0, 1e-300, 1.0], [0.5, 1 - 1e-16, 0.0], [1e-9, 1.0, 0.3]])
        agree(
            lambda x: functional.binary_cross_entropy(x, SOFT, reduction=reduction),
            lambda x: TF.binary_cross_entropy(x, torch.from_numpy(SOFT), reduction=reduction),
            p,
        )

    def test_bce_with_logits(self, reduction):
        agree(
            lambda x, y: functional.binary_cross_entropy_with_logits(x, y, reduction=reduction),
            lambda x, y: TF.binary_cross_entropy_with_logits(x, y, reduction=reduction),
            EDGES,
            SOFT,
        )

    @pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 3, 2), (2, 3, 2, 2)])
    def test_classes(self, reduction, shape):
        x = RNG.normal(size=shape) * 5
        axis = 0 if len(shape) == 1 else 1
        labels = RNG.integers(0, 3, shape[:axis] + shape[axis + 1 :])
        target = torch.tensor(labels)
        agree(
            lambda x: functional.cross_entropy(x, labels, reduction=reduction),
            lambda x: TF.cross_entropy(x, target, reduction=reduction),
            x,
        )
        agree(
            lambda x: functional.nll_loss(x, labels, reduction=reduction),
            lambda x: TF.nll_loss(x, target, reduction=reduction),
            x,
        )

    @pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 3, 2)])
    def test_probabilities(self, reduction, shape):
        agree(
            lambda x, p: functional.cross_entropy(x, p, reduction=reduction),
            lambda x, p: TF.cross_entropy(x, p, reduction=reduction),
            RNG.normal(size=shape),
            RNG.random(shape),
        )

    def test_logits_of_1000(self, reduction):
        agree(
            lambda x: functional.cross_entropy(x, [0, 1, 2], reduction=reduction),
            lambda x: TF.cross_entropy(x, torch.arange(3), reduction=reduction),
            EDGES,
        )
