"""Recurrent networks over whole sequences, each as one operation.

A step of a small network is a dozen operations on small arrays, and to record them costs many
times what they compute. Here the steps run in a loop over plain arrays whose memory is there
beforehand; and the way back is written by hand:

* what it needs of the gates is computed again, for all steps in one product, instead of being
  kept: only the states are, which are the result;
* the loop back to the first step only multiplies: all slopes are there when it begins, and are
  turned into gradients in place;
* the gradient of a weight is one product over all steps and records.

Run on nodes, for second derivatives, the rules are those of the network written step by step,
which is what scalar nodes get in the first place.

Shapes: net is (L, N, gates·H), the part of the net sums that comes from the inputs, for L steps
and N records; weight is (gates·H, H); states are (N, H).
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd import Node, scope, vjp
from autograd.folding import Fused
from autograd.primitives import Primitive, apply_local
from nn.aliases import Array
from nn.layers.cells import gru_step, lstm_step, simple_step

# --- one way back for all operands --------------------------------------------------------------


class _Waiting(threading.local):
    """Contributions that were computed and not yet asked for, in this thread."""

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = (lambda: None, lambda: None)
        self._contributions: dict[int, Array] = {}

    def keep(self, g: Array, y: Array, contributions: tuple[Array, ...]) -> None:
        """Keep what a gradient g of a result y gives, for as long as that gradient is there."""
        waiting = dict(enumerate(contributions))
        self._of = weakref.ref(g, lambda _: waiting.clear()), weakref.ref(y)
        self._contributions = waiting

    def take(self, g: Array, y: Array, slot: int) -> Array | None:
        """Each is handed out once: somebody may write other numbers into g and y."""
        gradient, result = self._of
        known = gradient() is g and result() is y
        return self._contributions.pop(slot, None) if known else None


class _WayBack:
    """The derivatives of an operation in all its operands, computed together.

    The sweep asks for one operand after the other, with the same gradient.
    """

    def __init__(
        self, on_arrays: Callable[..., tuple[Array, ...]], by_steps: Callable[..., Any]
    ) -> None:
        self._on_arrays = on_arrays
        self._by_steps = by_steps
        self._waiting = _Waiting()

    def pull(self, slot: int, g: Any, *operands: Any, **params: Any) -> Any:
        """The rule of one operand."""
        *inputs, y = operands
        if any(isinstance(x, Node) for x in (g, *operands)):
            _, pull = vjp(partial(self._by_steps, **params), *inputs)
            return pull(g)[slot]
        found = self._waiting.take(g, y, slot)
        if found is None:
            self._waiting.keep(g, y, self._on_arrays(g, *operands, **params))
            found = self._waiting.take(g, y, slot)
        return found


def _sequence(
    name: str,
    forward: Callable[..., Any],
    backward: Callable[..., tuple[Any, ...]],
    by_steps: Callable[..., Any],
    operands: int,
    params: Sequence[str] = (),
) -> Primitive:
    way_back = _WayBack(backward, by_steps)
    rules = [partial(way_back.pull, slot) for slot in range(operands)]
    return Fused(
        name, forward, arity=operands, vjps=tuple(rules), params=tuple(params), composite=by_steps
    )


# --- what they share ------------------------------------------------------------------------------


def _sigmoid(x: Array) -> Array:
    """σ in place; an exponential that overflows gives the right 0."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


def _turned(weight: Array) -> Array:
    """The transpose in one piece: BLAS multiplies with it about twice as fast."""
    return np.ascontiguousarray(weight.T)


def _before(first: Array, states: Array) -> Array:
    """The state that each step begins with."""
    return np.concatenate([first[None], states[:-1]])


def _times_all(states: Array, weight: Array) -> Array:
    """What the states add to the net sums of all steps, in one product."""
    product: Array = states.reshape(-1, states.shape[-1]) @ _turned(weight)
    return product.reshape(*states.shape[:2], len(weight))


def _of_weight(d: Array, states: Array) -> Array:
    """The gradient of a weight from those of all net sums."""
    total: Array = d.reshape(-1, d.shape[-1]).T @ states.reshape(-1, states.shape[-1])
    return total


# --- the simple network ---------------------------------------------------------------------------


def _rnn(net: Array, weight: Array, h: Array, nonlinearity: str) -> Array:
    states = np.empty(net.shape, np.result_type(net, weight, h))
    turned = _turned(weight)
    for from_input, y in zip(net, states, strict=True):
        np.matmul(h, turned, out=y)
        y += from_input
        h = np.tanh(y, out=y) if nonlinearity == "tanh" else np.maximum(y, 0, out=y)
    return states


def _rnn_backward(
    g: Array, net: Array, weight: Array, h: Array, states: Array, nonlinearity: str
) -> tuple[Array, ...]:
    slopes = 1 - states * states if nonlinearity == "tanh" else ~(states <= 0)
    d, dh = np.empty_like(states), np.zeros_like(h, states.dtype)
    for t in reversed(range(len(g))):
        dh += g[t]
        d[t] = apply_local(dh, slopes[t])
        np.matmul(d[t], weight, out=dh)
    return d, _of_weight(d, _before(h, states)), dh


def _rnn_by_steps(net: Any, weight: Any, h: Any, nonlinearity: str) -> Any:
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            (h,) = simple_step(net[t], (h,), weight, None, nonlinearity)
        states.append(h)
    return np.stack(states)


#: (net, weight, h) → the states h after every step, (L, N, H).
rnn = _sequence("rnn", _rnn, _rnn_backward, _rnn_by_steps, 3, ["nonlinearity"])

# --- gated recurrent units ------------------------------------------------------------------------


def _gru(net: Array, weight: Array, bias: Array, h: Array) -> Array:
    size = h.shape[-1]
    states = np.empty((*net.shape[:2], size), np.result_type(net, weight, bias, h))
    from_state = np.empty(net.shape[1:], states.dtype)
    gates, n_h = from_state[:, : 2 * size], from_state[:, 2 * size :]
    r, z = gates[:, :size], gates[:, size:]
    turned = _turned(weight)
    with np.errstate(over="ignore"):
        for from_input, y in zip(net, states, strict=True):
            np.matmul(h, turned, out=from_state)
            from_state += bias
            gates += from_input[:, : 2 * size]
            _sigmoid(gates)
            n = r * n_h
            n += from_input[:, 2 * size :]
            np.tanh(n, out=n)
            np.subtract(h, n, out=y)
            y *= z
            y += n
            h = y
    return states


def _gru_backward(
    g: Array, net: Array, weight: Array, bias: Array, h: Array, states: Array
) -> tuple[Array, ...]:
    size, before = h.shape[-1], _before(h, states)
    from_state = _times_all(before, weight)
    from_state += bias
    with np.errstate(over="ignore"):
        gates = _sigmoid(net[..., : 2 * size] + from_state[..., : 2 * size])
    r, z, n_h = gates[..., :size], gates[..., size:], from_state[..., 2 * size :]
    n = np.tanh(net[..., 2 * size :] + r * n_h)
    # The slopes of h′ = n + z(h − n) in the net sums: of r, z and n_h, and of n_x.
    of_input = (1 - z) * (1 - n * n)
    of_reset = of_input * r
    slopes = np.stack([of_reset * (1 - r) * n_h, z * (1 - z) * (before - n), of_reset], axis=2)
    d = slopes.reshape(from_state.shape)
    dh, through = np.zeros_like(h, states.dtype), np.empty_like(h, states.dtype)
    for t in reversed(range(len(g))):
        dh += g[t]
        slopes[t] *= dh[:, None]
        of_input[t] *= dh
        np.matmul(d[t], weight, out=through)
        dh *= z[t]
        dh += through
    d_net = np.concatenate([d[..., : 2 * size], of_input], axis=-1)
    return d_net, _of_weight(d, before), d.sum(axis=(0, 1)), dh


def _gru_by_steps(net: Any, weight: Any, bias: Any, h: Any) -> Any:
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            (h,) = gru_step(net[t], (h,), weight, bias)
        states.append(h)
    return np.stack(states)


#: (net, weight, bias, h) → the states h after every step, (L, N, H).
gru = _sequence("gru", _gru, _gru_backward, _gru_by_steps, 4)

# --- long short-term memory -----------------------------------------------------------------------


def _lstm(net: Array, weight: Array, h: Array, c: Array) -> Array:
    size = h.shape[-1]
    states = np.empty((*net.shape[:2], 2 * size), np.result_type(net, weight, h, c))
    gates = np.empty(net.shape[1:], states.dtype)
    i, f, g, o = np.split(gates, 4, axis=1)
    turned = _turned(weight)
    with np.errstate(over="ignore"):
        for from_input, y in zip(net, states, strict=True):
            np.matmul(h, turned, out=gates)
            gates += from_input
            new = np.tanh(g)
            _sigmoid(gates)  # also of g, which is in the middle and not needed any more
            new *= i
            h, before, c = y[:, :size], c, y[:, size:]
            np.multiply(f, before, out=c)
            c += new
            np.tanh(c, out=h)
            h *= o
    return states


def _lstm_backward(
    g: Array, net: Array, weight: Array, h: Array, c: Array, states: Array
) -> tuple[Array, ...]:
    size = h.shape[-1]
    h_before, c_before = _before(h, states[..., :size]), _before(c, states[..., size:])
    gates = _times_all(h_before, weight)
    gates += net
    slopes = gates.reshape(*gates.shape[:2], 4, size)
    new = np.tanh(slopes[:, :, 2])
    with np.errstate(over="ignore"):
        _sigmoid(gates)
    i, f, o = (slopes[:, :, gate].copy() for gate in (0, 1, 3))
    # The slopes of c′ = f·c + i·g in the net sums of i, f and g, and of h′ = o·tanh(c′) in that
    # of o; then of h′ in c′.
    shown = np.tanh(states[..., size:])
    slopes[:, :, 2] = 1 - new * new
    slopes[:, :, 2] *= i
    slopes[:, :, 0] *= (1 - i) * new
    slopes[:, :, 1] *= (1 - f) * c_before
    slopes[:, :, 3] *= (1 - o) * shown
    shown *= shown
    of_memory = o * (1 - shown)
    dh, dc = np.zeros_like(h, states.dtype), np.zeros_like(c, states.dtype)
    for t in reversed(range(len(g))):
        dh += g[t, :, :size]
        dc += g[t, :, size:]
        of_memory[t] *= dh
        dc += of_memory[t]
        slopes[t, :, :3] *= dc[:, None]
        slopes[t, :, 3] *= dh
        np.matmul(gates[t], weight, out=dh)
        dc *= f[t]
    return gates, _of_weight(gates, h_before), dh, dc


def _lstm_by_steps(net: Any, weight: Any, h: Any, c: Any) -> Any:
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            h, c = lstm_step(net[t], (h, c), weight, None)
        states.append(np.concatenate([h, c], axis=-1))
    return np.stack(states)


#: (net, weight, h, c) → the states h and c after every step, side by side: (L, N, 2H).
lstm = _sequence("lstm", _lstm, _lstm_backward, _lstm_by_steps, 4)
