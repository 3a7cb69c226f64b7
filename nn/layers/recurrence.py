"""What recurrent networks share: layers, directions and states, and how their steps are taken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from autograd import ValueArray, scope
from nn import functional
from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers.cells import State, add_parameters, require_sizes, require_states, zeros
from nn.module import Module


class Recurrent(Module):
    """What the networks share.

    Every layer has a scope of its own, ``l0``, ``l0_reverse``, ``l1`` …, and every time step in
    it, ``t0``, ``t1`` …; the parameters are called ``weight_ih_l0``,
    ``bias_hh_l0_reverse`` … as in PyTorch.
    """

    _gates: ClassVar[int]
    _states: ClassVar[int] = 1

    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    generator: np.random.Generator

    def _set_up(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int,
        dtype: DTypeLike | None,
        seed: Seed,
    ) -> None:
        name = type(self).__name__
        require_sizes(name, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        if not 0 <= dropout <= 1:
            raise ValueError(f"{name} needs a dropout in [0, 1], but dropout={dropout} was given.")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"{name} projects to less than hidden_size={hidden_size}, or not at all with 0, "
                f"but proj_size={proj_size} was given."
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self.generator = np.random.default_rng(seed)
        shapes = {
            name: shape
            for layer in range(num_layers)
            for suffix in self._suffixes(layer)
            for name, shape in self._shapes(layer, suffix).items()
        }
        add_parameters(self, shapes, 1 / math.sqrt(hidden_size), dtype, self.generator)

    def _suffixes(self, layer: int) -> tuple[str, ...]:
        """What the names of a layer's parameters end with, for each direction."""
        forwards = f"l{layer}"
        return (forwards, f"{forwards}_reverse") if self.bidirectional else (forwards,)

    @property
    def _out_size(self) -> int:
        """Features of h."""
        return self.proj_size or self.hidden_size

    def _shapes(self, layer: int, suffix: str) -> dict[str, tuple[int, ...]]:
        """The parameters of one direction of a layer."""
        rows, h = self._gates * self.hidden_size, self._out_size
        features = h * len(self._suffixes(layer)) if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {
            f"weight_ih_{suffix}": (rows, features),
            f"weight_hh_{suffix}": (rows, h),
        }
        if self.bias:
            shapes |= {f"bias_ih_{suffix}": (rows,), f"bias_hh_{suffix}": (rows,)}
        if self.proj_size:
            shapes[f"weight_hr_{suffix}"] = (self.proj_size, self.hidden_size)
        return shapes

    # --- running ----------------------------------------------------------------------------------

    def _step(self, from_input: ArrayOrNode, state: State, suffix: str) -> State:
        """The state after one time step."""
        raise NotImplementedError

    def _parameter(self, name: str) -> Any:
        return getattr(self, name, None)

    def _run(self, x: ArrayOrNode, state: State | None) -> tuple[ArrayOrNode, State]:
        """All outputs, and the last state of every layer and direction."""
        x = self._cast(x, self._parameter("weight_ih_l0"))
        shape: tuple[int, ...] = getattr(x, "shape", ())
        one = "L, " if len(shape) == 2 else "N, L, " if self.batch_first else "L, N, "
        fits = len(shape) in (2, 3) and shape[-1] == self.input_size and min(shape) > 0
        self._require(fits, f"({one}{self.input_size})", shape)
        single = x.ndim == 2
        if single:
            x = x.reshape(shape[0], 1, shape[1])
        elif self.batch_first:
            x = np.swapaxes(x, 0, 1)
        states = self._first_states(x, state, single)
        last: list[State] = []
        for layer in range(self.num_layers):
            outputs = []
            for suffix in self._suffixes(layer):
                with scope(suffix):
                    output, end = self._direction(x, next(states), suffix)
                outputs.append(output)
                last.append(end)
            x = np.concatenate(outputs, axis=-1) if len(outputs) > 1 else outputs[0]
            if self.dropout and layer < self.num_layers - 1:
                x = functional.dropout(x, self.dropout, self.training, seed=self.generator)
        # One array of every kind of state: (layers·directions, N, features).
        ends = tuple(np.stack(parts) for parts in zip(*last, strict=True))
        if single:
            return x.reshape(x.shape[0], x.shape[2]), tuple(
                end.reshape(end.shape[0], end.shape[2]) for end in ends
            )
        return (np.swapaxes(x, 0, 1) if self.batch_first else x), ends

    def _direction(self, x: ArrayOrNode, state: State, suffix: str) -> tuple[ArrayOrNode, State]:
        """Outputs (L, N, features) and the last state of one direction of a layer."""
        backwards = suffix.endswith("_reverse")
        if self._is_fused(x):
            output, state = self._at_once(np.flip(x, axis=0) if backwards else x, state, suffix)
            return np.flip(output, axis=0) if backwards else output, state
        from_input = self._from_input(x, suffix, "bias_ih")
        steps = range(x.shape[0])
        outputs = []
        for t in reversed(steps) if backwards else steps:
            with scope(f"t{t}"):
                state = self._step(from_input[t], state, suffix)
            outputs.append(state[0])
        return np.stack(outputs[::-1] if backwards else outputs), state

    def _from_input(self, x: ArrayOrNode, suffix: str, *biases: str) -> ArrayOrNode:
        """What the inputs add to the net sums of all time steps, in one product, and biases."""
        weight = self._parameter(f"weight_ih_{suffix}")
        return functional.linear(x, weight, self._sum_of_biases(suffix, *biases))

    def _sum_of_biases(self, suffix: str, *biases: str) -> ArrayOrNode | None:
        """The sum of biases; None if the network has none."""
        both = [self._parameter(f"{bias}_{suffix}") for bias in biases if self.bias]
        return sum(both[1:], start=both[0]) if both else None

    def _is_fused(self, x: ArrayOrNode) -> bool:
        """Whether all time steps are one operation: not on scalar nodes, nor where it projects."""
        scalar = isinstance(x, ValueArray) or isinstance(
            self._parameter("weight_ih_l0"), ValueArray
        )
        return not (scalar or self.proj_size)

    def _at_once(self, x: ArrayOrNode, state: State, suffix: str) -> tuple[ArrayOrNode, State]:
        """All outputs and the last state, with all time steps in one operation."""
        raise NotImplementedError

    def _first_states(self, x: ArrayOrNode, state: State | None, single: bool) -> Iterator[State]:
        """The state before the first step, for each layer and direction; 0 by default."""
        weight = self._parameter("weight_hh_l0")
        many, records = self.num_layers * len(self._suffixes(0)), x.shape[1]
        sizes = (self._out_size, self.hidden_size)[: self._states]
        if state is None:
            parts: list[ArrayOrNode] = [zeros((many, records, size), x, weight) for size in sizes]
            return zip(*parts, strict=True)
        require_states(self._label(), state, self._states)
        parts = [self._cast(part, weight) for part in state]
        for part, size in zip(parts, sizes, strict=True):
            expected = (many, size) if single else (many, records, size)
            if part.shape != expected:
                raise ValueError(
                    f"{self._label()} takes a first state of shape {expected}, but got one of "
                    f"shape {part.shape}."
                )
        if single:
            parts = [part.reshape(many, 1, part.shape[1]) for part in parts]
        return zip(*map(np.unstack, parts), strict=True)

    def extra_repr(self) -> str:
        """The sizes, and the settings that are not the default."""
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "nonlinearity": "tanh",
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *self._unusual(usual)])
