"""One time step of recurrent networks, and the cells that compute it.

A step is given the part of its net sums that comes from the input, ``W_ih x + b_ih``, so that
a whole sequence needs one matrix product for them.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from nn import functional, init
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed, Variable
from nn.functional.sizes import dtype_of
from nn.module import Module, Parameter

#: What is carried from step to step: (h,), for an LSTM (h, c).
State = tuple[ArrayOrNode, ...]


# --- steps --------------------------------------------------------------------------------------


def simple_step(
    from_input: ArrayOrNode,
    state: State,
    weight: ArrayOrNode,
    bias: ArrayOrNode | None,
    nonlinearity: str = "tanh",
) -> State:
    """A step of a simple network (Elman, 1990): h′ = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    (h,) = state
    net = from_input + functional.linear(h, weight, bias)
    return (functional.tanh(net) if nonlinearity == "tanh" else functional.relu(net),)


def lstm_step(
    from_input: ArrayOrNode,
    state: State,
    weight: ArrayOrNode,
    bias: ArrayOrNode | None,
    projection: ArrayOrNode | None = None,
) -> State:
    """A step with long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).

    c′ = σ(f)·c + σ(i)·tanh(g) and h′ = σ(o)·tanh(c′), with the net sums i, f, g, o in this order;
    h′ is multiplied by a projection if there is one (Sak et al., 2014).
    """
    h, c = state
    net = from_input + functional.linear(h, weight, bias)
    i, f, g, o = np.split(net, 4, axis=-1)
    c = functional.sigmoid(f) * c + functional.sigmoid(i) * functional.tanh(g)
    h = functional.sigmoid(o) * functional.tanh(c)
    return h if projection is None else functional.linear(h, projection), c


def gru_step(
    from_input: ArrayOrNode, state: State, weight: ArrayOrNode, bias: ArrayOrNode | None
) -> State:
    """A step with gates (Cho et al., 2014): h′ = (1 − σ(z))·n + σ(z)·h.

    n = tanh(n_x + σ(r)·n_h), where the reset gate works on the net sum n_h of the state, as in
    PyTorch; the net sums stand in the order r, z, n.
    """
    (h,) = state
    from_state = functional.linear(h, weight, bias)
    r_x, z_x, n_x = np.split(from_input, 3, axis=-1)
    r_h, z_h, n_h = np.split(from_state, 3, axis=-1)
    n = functional.tanh(n_x + functional.sigmoid(r_x + r_h) * n_h)
    z = functional.sigmoid(z_x + z_h)
    return (n + z * (h - n),)


# --- cells --------------------------------------------------------------------------------------


class _Cell(Module):
    """What the cells share.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x and of h.
    bias : bool, default True
        Whether there are b_ih and b_hh.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.

    Attributes
    ----------
    weight_ih, weight_hh : Parameter, (gates·hidden_size, input_size or hidden_size)
        At first uniform within ±1/√hidden_size, as in PyTorch.
    bias_ih, bias_hh : Parameter, (gates·hidden_size,), or None
        Likewise.
    """

    _gates: ClassVar[int]

    input_size: int
    hidden_size: int
    weight_ih: Variable
    weight_hh: Variable
    bias_ih: Variable | None
    bias_hh: Variable | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        require_sizes(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        rows = self._gates * hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
        }
        if bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        else:
            self.bias_ih = self.bias_hh = None
        add_parameters(self, shapes, 1 / math.sqrt(hidden_size), dtype, seed)

    def _step(self, from_input: ArrayOrNode, state: State) -> State:
        raise NotImplementedError

    def _run(self, x: ArrayOrNode, state: State | None, states: int) -> State:
        """The state after x, which is (input_size,) or (N, input_size)."""
        x = self._cast(x, self.weight_ih)
        self._require_features(x, self.input_size)
        shape = (*x.shape[:-1], self.hidden_size)
        if state is None:
            state = (zeros(shape, x, self.weight_hh),) * states
        require_states(self._label(), state, states)
        state = tuple(self._cast(part, self.weight_hh) for part in state)
        for part in state:
            if part.shape != shape:
                raise ValueError(
                    f"{self._label()} takes a state of shape {shape} with an input of shape "
                    f"{x.shape}, but got one of shape {part.shape}."
                )
        return self._step(functional.linear(x, self.weight_ih, self.bias_ih), state)


class RNNCell(_Cell):
    """One step of a simple recurrent network: h′ = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x and of h.
    bias : bool, default True
        Whether there are b_ih and b_hh.
    nonlinearity : {"tanh", "relu"}
        The activation.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    _gates = 1

    nonlinearity: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        require_nonlinearity(nonlinearity)
        super().__init__(input_size, hidden_size, bias, dtype=dtype, seed=seed)
        self.nonlinearity = nonlinearity

    def forward(self, input: ArrayOrNode, hx: ArrayOrNode | None = None) -> ArrayOrNode:
        """The new h, (N, hidden_size), from x (N, input_size) and h, 0 by default; or without N."""
        return self._run(input, None if hx is None else (hx,), 1)[0]

    def _step(self, from_input: ArrayOrNode, state: State) -> State:
        return simple_step(from_input, state, self.weight_hh, self.bias_hh, self.nonlinearity)


class GRUCell(_Cell):
    """One step of a network of gated recurrent units; see `RNNCell` for the parameters."""

    _gates = 3

    def forward(self, input: ArrayOrNode, hx: ArrayOrNode | None = None) -> ArrayOrNode:
        """The new h, (N, hidden_size), from x (N, input_size) and h, 0 by default; or without N."""
        return self._run(input, None if hx is None else (hx,), 1)[0]

    def _step(self, from_input: ArrayOrNode, state: State) -> State:
        return gru_step(from_input, state, self.weight_hh, self.bias_hh)


class LSTMCell(_Cell):
    """One step of a network with long short-term memory; see `RNNCell` for the parameters."""

    _gates = 4

    def forward(
        self, input: ArrayOrNode, hx: tuple[ArrayOrNode, ArrayOrNode] | None = None
    ) -> tuple[ArrayOrNode, ArrayOrNode]:
        """The new (h, c), each (N, hidden_size), from x and the old ones, 0 by default."""
        h, c = self._run(input, hx, 2)
        return h, c

    def _step(self, from_input: ArrayOrNode, state: State) -> State:
        return lstm_step(from_input, state, self.weight_hh, self.bias_hh)


# --- what cells and networks share ----------------------------------------------------------------


def require_sizes(name: str, **sizes: int) -> None:
    """Raise ValueError unless every size is at least 1."""
    wrong = {key: size for key, size in sizes.items() if size < 1}
    if wrong:
        given = " and ".join(f"{key}={size}" for key, size in wrong.items())
        raise ValueError(f"{name} needs sizes of at least 1, but got {given}.")


def require_states(label: str, state: State, count: int) -> None:
    """Raise TypeError unless a state is (h, c), where there are two of them."""
    if not isinstance(state, tuple | list) or len(state) != count:
        raise TypeError(
            f"{label} takes the state as a pair (h, c) of arrays, but got {type(state).__name__}."
        )


def require_nonlinearity(nonlinearity: str) -> None:
    """Raise ValueError if there is no such activation."""
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"nonlinearity must be 'tanh' or 'relu', but {nonlinearity!r} was given.")


def add_parameters(
    module: Module,
    shapes: dict[str, tuple[int, ...]],
    bound: float,
    dtype: DTypeLike | None,
    seed: Seed,
) -> None:
    """Give a module parameters of these names and shapes, uniform within ±bound."""
    rng = np.random.default_rng(seed)
    for name, shape in shapes.items():
        setattr(
            module, name, init.uniform_(Parameter(np.zeros(shape), dtype), -bound, bound, seed=rng)
        )


def zeros(shape: tuple[int, ...], x: ArrayOrNode, weight: Variable) -> Array:
    """The state before the first step, of the dtype in which a layer computes."""
    return np.zeros(shape, np.result_type(dtype_of(x), dtype_of(weight)))
