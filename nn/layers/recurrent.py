"""Recurrent networks: layers that read a sequence, step by step or all at once."""

from __future__ import annotations

import numpy as np

from nn.aliases import ArrayOrNode, DTypeLike, Seed
from nn.layers import sequences
from nn.layers.cells import State, gru_step, lstm_step, require_nonlinearity, simple_step
from nn.layers.recurrence import Recurrent


class RNN(Recurrent):
    """A simple recurrent network (Elman, 1990): h′ = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x and of h.
    num_layers : int, default 1
        Layers above each other; each reads the outputs of the one below.
    nonlinearity : {"tanh", "relu"}
        The activation.
    bias : bool, default True
        Whether there are b_ih and b_hh.
    batch_first : bool, default False
        Whether sequences are (N, L, features) instead of (L, N, features).
    dropout : float, default 0
        Probability with which outputs are dropped between the layers, in training.
    bidirectional : bool, default False
        Whether every layer also reads backwards; outputs are then joined, forwards first.
    dtype : dtype, default float32
        Of the parameters; plain arrays that come in are converted to it.
    seed : int or Generator, optional
        Where the first weights and dropout come from; kept as `generator`.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 … : Parameter
        At first uniform within ±1/√hidden_size, as in PyTorch; ``_reverse`` for backwards.

    Notes
    -----
    On Tensors all time steps of a layer run in one operation. Traced, drawn or diagnosed, it shows
    its steps: a gradient that vanishes through time is seen.
    """

    _gates = 1

    nonlinearity: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        require_nonlinearity(nonlinearity)
        self._set_up(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            dtype,
            seed,
        )
        self.nonlinearity = nonlinearity

    def forward(
        self, input: ArrayOrNode, hx: ArrayOrNode | None = None
    ) -> tuple[ArrayOrNode, ArrayOrNode]:
        """Read sequences.

        Parameters
        ----------
        input : (L, N, input_size), (N, L, input_size) if `batch_first`, or (L, input_size)
        hx : (layers·directions, N, hidden_size), or without N, optional
            The first h, 0 by default.

        Returns
        -------
        output : (L, N, directions·hidden_size), laid out like x
            h of the last layer at every step.
        h_n : like hx
            h of every layer after its last step.
        """
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h

    def _step(self, from_input: ArrayOrNode, state: State, suffix: str) -> State:
        return simple_step(
            from_input,
            state,
            self._parameter(f"weight_hh_{suffix}"),
            self._parameter(f"bias_hh_{suffix}"),
            self.nonlinearity,
        )

    def _at_once(self, x: ArrayOrNode, state: State, suffix: str) -> tuple[ArrayOrNode, State]:
        net = self._from_input(x, suffix, "bias_ih", "bias_hh")
        weight = self._parameter(f"weight_hh_{suffix}")
        h = sequences.rnn(net, weight, *state, nonlinearity=self.nonlinearity)
        return h, (h[-1],)


class GRU(Recurrent):
    """A network of gated recurrent units (Cho et al., 2014), with its gates in the order r, z, n.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        As for `RNN`.
    dtype, seed
        Likewise.
    """

    _gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self._set_up(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            dtype,
            seed,
        )

    def forward(
        self, input: ArrayOrNode, hx: ArrayOrNode | None = None
    ) -> tuple[ArrayOrNode, ArrayOrNode]:
        """Read sequences; inputs and results are those of `RNN`."""
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h

    def _step(self, from_input: ArrayOrNode, state: State, suffix: str) -> State:
        weight, bias = (self._parameter(f"{kind}_hh_{suffix}") for kind in ("weight", "bias"))
        return gru_step(from_input, state, weight, bias)

    def _at_once(self, x: ArrayOrNode, state: State, suffix: str) -> tuple[ArrayOrNode, State]:
        # The bias of the state's n is multiplied by the reset gate.
        net = self._from_input(x, suffix, "bias_ih")
        weight, bias = (self._parameter(f"{kind}_hh_{suffix}") for kind in ("weight", "bias"))
        if bias is None:
            bias = np.zeros(len(weight), weight.dtype)
        h = sequences.gru(net, weight, bias, *state)
        return h, (h[-1],)


class LSTM(Recurrent):
    """A network with long short-term memory (Hochreiter and Schmidhuber, 1997); gates i, f, g, o.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        As for `RNN`.
    dtype, seed
        Likewise.
    proj_size : int, default 0
        Features of h, if it is projected by ``weight_hr_l0`` … to fewer than c has; such a
        network goes step by step.
    """

    _gates = 4
    _states = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self._set_up(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            dtype,
            seed,
        )

    def forward(
        self, input: ArrayOrNode, hx: tuple[ArrayOrNode, ArrayOrNode] | None = None
    ) -> tuple[ArrayOrNode, tuple[ArrayOrNode, ArrayOrNode]]:
        """Read sequences; as for `RNN`, but the state is (h, c), as arrays of that layout."""
        output, (h, c) = self._run(input, hx)
        return output, (h, c)

    def _step(self, from_input: ArrayOrNode, state: State, suffix: str) -> State:
        kinds = (f"weight_hh_{suffix}", f"bias_hh_{suffix}", f"weight_hr_{suffix}")
        return lstm_step(from_input, state, *(self._parameter(kind) for kind in kinds))

    def _at_once(self, x: ArrayOrNode, state: State, suffix: str) -> tuple[ArrayOrNode, State]:
        weights = [self._parameter(f"weight_{kind}_{suffix}") for kind in ("ih", "hh")]
        bias = self._sum_of_biases(suffix, "bias_ih", "bias_hh")
        if bias is None:
            bias = np.zeros(len(weights[0]), weights[0].dtype)
        states = sequences.lstm(x, *weights, bias, *state)
        h = states[:-1]
        return h, (h[-1], states[-1])
