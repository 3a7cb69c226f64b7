"""Everything on which the rest of a training depends, as one state to save and to take over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nn.training.run import Run


def take(run: Run) -> dict[str, Any]:
    """The state of a training between two steps; a copy.

    Model, loss and optimiser, every random generator in a module, the place in the epoch with
    what was measured up to there, the history, and the callbacks that have a state.
    """
    return {
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
        "data": dict(run.data),
        "figures": list(run.figures),
        "modules": {role: module.state_dict() for role, module in run.modules()},
        "optimizer": run.optimizer.state_dict(),
        "generators": {name: rng.bit_generator.state for name, rng in _generators(run)},
        "epoch_began": run.epoch_began,
        "measurement": run.measurement.state_dict(),
        "history": {name: list(figures) for name, figures in run.history.items()},
        "callbacks": [(name, callback.state_dict()) for name, callback in _stateful(run)],
    }


def put(run: Run, state: Mapping[str, Any]) -> None:
    """Go on from a state. All or nothing.

    Raises
    ------
    ValueError
        If it is the state of another training.
    """
    before = take(run)
    here, there = _parts(before), _parts(state)
    for what, ours in here.items():
        if there[what] != ours:
            raise ValueError(f"its {what} are {there[what]}, and here they are {ours}")
    try:
        _put(run, state)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        _put(run, before)
        raise


def _put(run: Run, state: Mapping[str, Any]) -> None:
    for role, module in run.modules():
        module.load_state_dict(state["modules"][role])
    run.optimizer.load_state_dict(state["optimizer"])
    for name, rng in _generators(run):
        rng.bit_generator.state = state["generators"][name]
    for (_, callback), (_, saved) in zip(_stateful(run), state["callbacks"], strict=True):
        callback.load_state_dict(saved)
    run.measurement.load_state_dict(state["measurement"])
    run.history.clear()
    run.history.update(state["history"])
    run.epoch, run.batch, run.step = state["epoch"], state["batch"], state["step"]
    run.epoch_began = state["epoch_began"]


def _parts(state: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a training is made; two with the same parts can exchange their states."""
    return {
        "records and batches": state["data"],
        "figures": state["figures"],
        "modules": [*state["modules"]],
        "random generators": [*state["generators"]],
        "callbacks": [name for name, _ in state["callbacks"]],
    }


def _generators(run: Run) -> Iterator[tuple[str, np.random.Generator]]:
    """Every random generator that training draws from, by a name; shared ones under each name."""
    yield "order", run.rng
    for role, root in run.modules():
        for path, module in root.named_modules(role):
            for name, value in vars(module).items():
                if isinstance(value, np.random.Generator):
                    yield f"{path}.{name}", value


def _stateful(run: Run) -> list[tuple[str, Any]]:
    """The callbacks that have a state, by the names of their classes."""
    return [(type(c).__name__, c) for c in run.callbacks if c.state_dict()]
