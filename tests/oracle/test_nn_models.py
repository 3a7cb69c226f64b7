"""An MLP with each activation and each loss, against PyTorch: the loss and every gradient."""

import numpy as np
import pytest
import torch

import nn

pytestmark = pytest.mark.oracle

BATCH, SIZES = 5, (3, 4, 3)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, 3))
LABELS = RNG.integers(0, 3, BATCH)
SOFT = RNG.random((BATCH, 3))
PROBABILITIES = SOFT / SOFT.sum(axis=1, keepdims=True)


class TorchStep(torch.nn.Module):
    """The threshold, which PyTorch has no layer for."""

    def forward(self, x):
        return (x > 0).to(x.dtype)


ACTIVATIONS = {
    "Identity": (nn.Identity, torch.nn.Identity),
    "Step": (nn.Step, TorchStep),
    "Sigmoid": (nn.Sigmoid, torch.nn.Sigmoid),
    "Tanh": (nn.Tanh, torch.nn.Tanh),
    "ReLU": (nn.ReLU, torch.nn.ReLU),
    "LeakyReLU": (nn.LeakyReLU, torch.nn.LeakyReLU),
    "PReLU": (
        lambda: nn.PReLU(4, dtype=np.float64),
        lambda: torch.nn.PReLU(4, dtype=torch.float64),
    ),
    "ELU": (nn.ELU, torch.nn.ELU),
    "Softplus": (nn.Softplus, torch.nn.Softplus),
    "SiLU": (nn.SiLU, torch.nn.SiLU),
    "Swish": (nn.Swish, torch.nn.SiLU),
    "Softmax": (nn.Softmax, lambda: torch.nn.Softmax(-1)),
    "LogSoftmax": (nn.LogSoftmax, lambda: torch.nn.LogSoftmax(-1)),
}
# Output activation, loss and target.
LOSSES = {
    "MSELoss": (None, "MSELoss", SOFT),
    "BCELoss": ("Sigmoid", "BCELoss", SOFT),
    "BCEWithLogitsLoss": (None, "BCEWithLogitsLoss", SOFT),
    "CrossEntropyLoss": (None, "CrossEntropyLoss", LABELS),
    "CrossEntropyLoss of probabilities": (None, "CrossEntropyLoss", PROBABILITIES),
    "NLLLoss": ("LogSoftmax", "NLLLoss", LABELS),
}


def loss_and_gradients(activation, loss, reduction="mean"):
    """Both libraries' loss, and their gradients by key; ours on both carriers."""
    ours, theirs = ACTIVATIONS[activation]
    output, loss, target = LOSSES[loss]
    out_ours, out_theirs = ACTIVATIONS[output] if output else (None, torch.nn.Identity)

    model = nn.MLP(SIZES, ours, out_ours, dtype=np.float64, seed=1)
    twin = torch.nn.Sequential()
    twin.add_module("fc1", torch.nn.Linear(3, 4, dtype=torch.float64))
    twin.add_module("act1", theirs())
    twin.add_module("fc2", torch.nn.Linear(4, 3, dtype=torch.float64))
    twin.add_module("act2", out_theirs())
    twin.load_state_dict({key: torch.from_numpy(a) for key, a in model.state_dict().items()})

    expected = getattr(torch.nn, loss)(reduction=reduction)(
        twin(torch.from_numpy(X)), torch.from_numpy(target)
    )
    expected.backward()
    gradients = {key: p.grad.numpy() for key, p in twin.named_parameters() if p.grad is not None}
    results = []
    for version in (model, model.to_values()):
        node = getattr(nn, loss)(reduction=reduction)(version(X), target)
        node.backward()
        results.append((node.item(), {key: p.grad for key, p in version.named_parameters()}))
    return (expected.item(), gradients), *results


def differences(left, right):
    """Largest absolute difference of two losses and of their gradients."""
    (loss, gradients), (other, others) = left, right
    # Behind a step PyTorch has no gradient at all, where we have zeros.
    pairs = [(others[key], gradients.get(key, np.zeros(1))) for key in others]
    return abs(loss - other), max(np.abs(a - b).max() for a, b in pairs if a is not None)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_loss_and_every_gradient(activation, loss, reduction):
    torchs, tensors, values = loss_and_gradients(activation, loss, reduction)
    assert torchs[1].keys() <= tensors[1].keys() == values[1].keys()
    assert max(differences(torchs, tensors)) < 1e-10
    assert max(differences(torchs, values)) < 1e-10
    assert max(differences(tensors, values)) < 1e-12
