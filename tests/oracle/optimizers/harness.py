"""PyTorch's optimiser database run through the optimisers of the same name.

Each configuration trains a small network for 50 steps in float64, here and there. The losses of
all steps, the weights and the whole state in the end must agree.

PyTorch is loaded when the first optimiser is examined, so that tests can be collected without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

import nn
from nn import functional

STEPS = 50
TOLERANCE = 1e-10

OPTIMIZERS = (
    "ASGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
)

#: Optimisers of the database that are not here, and why.
LEFT_OUT = {
    "Adafactor": "made to save the memory of models far beyond numpy's reach",
    "LBFGS": "asks for a function that evaluates the loss again within a step",
    "Muon": "PyTorch's computes its step in bfloat16, a dtype that numpy lacks",
    "SparseAdam": "for sparse gradients, which are not here",
}

RNG = np.random.default_rng(0)
X, TARGETS = RNG.normal(size=(16, 3)), RNG.normal(size=(16, 4))


@dataclass(frozen=True)
class Verdict:
    """How an optimiser fared: its failures by configuration, nothing where all are right."""

    name: str
    configurations: int
    failures: dict[str, str]

    @property
    def right(self) -> bool:
        return self.configurations > 0 and not self.failures


@cache
def database() -> dict[str, dict[str, dict[str, Any]]]:
    """Every optimiser of PyTorch's database: the options of its configurations by description."""
    with in_float64():
        import torch
        from torch.testing._internal.common_optimizers import optim_db

        torch.set_num_threads(1)

        return {
            info.optim_cls.__name__: {
                given.desc: {name: _plain(option) for name, option in given.kwargs.items()}
                for given in info.optim_inputs_func(device="cpu")
            }
            for info in optim_db
        }


@contextmanager
def in_float64() -> Iterator[None]:
    """Let PyTorch keep the numbers of its states in double precision too, and be quiet."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(before)


@cache
def examine(name: str) -> Verdict:
    """The verdict on an optimiser."""
    failures = {}
    for description, options in database()[name].items():
        if complaint := judge(name, options):
            failures[description] = complaint
    return Verdict(name, len(database()[name]), failures)


def judge(name: str, options: dict[str, Any], kind: type[Any] | None = None) -> str | None:
    """The first difference that a configuration makes in 50 steps, if any.

    `kind` may be a class to examine in the place of the one that bears the name.
    """
    with in_float64():
        model, twin = networks()
        try:
            ours = (kind or getattr(nn.optim, name))(model.parameters(), **options)
        except Exception as error:  # whatever is raised is the verdict
            return f"{type(error).__name__}: {error}"
        import torch

        theirs = getattr(torch.optim, name)(twin.parameters(), **options)
        for step in range(1, STEPS + 1):
            losses = our_step(model, ours), torch_step(twin, theirs)
            if complaint := difference(*losses):
                return f"loss of step {step}: {complaint}"
        pairs = zip(model.parameters(), twin.parameters(), strict=True)
        for number, (parameter, other) in enumerate(pairs):
            if complaint := difference(parameter.data, other.detach().numpy()):
                return f"parameter {number}: {complaint}"
        return state_difference(ours.state_dict()["state"], theirs.state_dict()["state"])


def networks(scalar: bool = False) -> tuple[Any, Any]:
    """One small network in both libraries, with the same weights.

    The derivative of softplus does not round to 0 as that of tanh does where an optimiser drives
    the weights far out: Rprop would make steps of the sign of what is left by rounding.
    """
    import torch

    model = nn.MLP((3, 5, 4), nn.Softplus, dtype=np.float64, seed=0)
    twin = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.Softplus(), torch.nn.Linear(5, 4)
    ).double()
    state = dict(zip(twin.state_dict(), model.state_dict().values(), strict=True))
    twin.load_state_dict({key: torch.from_numpy(array) for key, array in state.items()})
    return (model.to_values() if scalar else model), twin


def our_step(model: Any, optimizer: Any) -> float:
    """One step; the loss before it."""
    optimizer.zero_grad()
    loss = functional.mse_loss(model(X), TARGETS)
    loss.backward(keep="leaves")
    optimizer.step()
    return float(loss.item())


def torch_step(model: Any, optimizer: Any) -> float:
    """The same in PyTorch."""
    import torch

    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(torch.from_numpy(X)), torch.from_numpy(TARGETS))
    loss.backward()
    optimizer.step()
    return float(loss.item())


def state_difference(ours: dict[int, Any], theirs: dict[int, Any]) -> str | None:
    """The first difference between what two optimisers keep."""
    for number, expected in theirs.items():
        expected = {name: kept for name, kept in expected.items() if kept is not None}
        found = ours.get(number, {})
        if found.keys() != expected.keys():
            return f"state {number} has {sorted(found)} instead of {sorted(expected)}"
        for name, kept in expected.items():
            if complaint := difference(found[name], kept.numpy()):
                return f"{name} of state {number}: {complaint}"
    return None


def difference(ours: Any, theirs: Any) -> str | None:
    """What is wrong with numbers, if anything."""
    if np.shape(ours) != np.shape(theirs):
        return f"shape {np.shape(ours)} instead of {np.shape(theirs)}"
    if np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE):
        return None
    return f"off by up to {np.max(np.abs(np.subtract(ours, theirs))):.3g}"


def score() -> str:
    """How many of the database's optimisers, and of their configurations, are right here."""
    known = database()
    verdicts = [examine(name) for name in OPTIMIZERS]
    whole = sum(verdict.right for verdict in verdicts)
    right = sum(verdict.configurations - len(verdict.failures) for verdict in verdicts)
    total = sum(len(configurations) for configurations in known.values())
    return f"{whole} of {len(known)} optimisers whole, {right} of {total} configurations right"


def _plain(option: Any) -> Any:
    """An option without PyTorch: a learning rate in a tensor becomes a number."""
    return option.item() if hasattr(option, "item") else option
