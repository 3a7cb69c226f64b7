"""The optimisers against PyTorch's, over 50 steps on a network."""

import numpy as np
import pytest
import torch

import nn
from nn import functional

pytestmark = pytest.mark.oracle

STEPS = 50
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(16, 3)), RNG.integers(0, 4, 16)


@pytest.mark.parametrize("scalar", [False, True], ids=["tensor", "values"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.1}),
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}),
        ("Adam", {}),
        ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}),
        ("Adam", {"lr": 0.05, "weight_decay": 0.01}),
    ],
)
def test_50_steps(name, options, scalar):
    model = nn.MLP((3, 5, 4), nn.Tanh, dtype=np.float64, seed=0)
    twin = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 4)
    ).double()
    state = dict(zip(twin.state_dict(), model.state_dict().values(), strict=True))
    twin.load_state_dict({key: torch.from_numpy(a) for key, a in state.items()})
    model = model.to_values() if scalar else model
    ours = getattr(nn.optim, name)(model.parameters(), **options)
    theirs = getattr(torch.optim, name)(twin.parameters(), **options)
    losses, expected = [], []
    for _ in range(STEPS):
        ours.zero_grad()
        loss = functional.cross_entropy(model(X), LABELS)
        loss.backward(keep="leaves")
        ours.step()
        losses.append(loss.item())
        theirs.zero_grad()
        loss = torch.nn.functional.cross_entropy(twin(torch.from_numpy(X)), torch.tensor(LABELS))
        loss.backward()
        theirs.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(parameter.data, other.detach().numpy(), rtol=0, atol=1e-10)
