"""Recurrent networks over whole sequences, each as one operation.

A step of a small network is a dozen operations on small arrays, and to record them costs many
times what they compute. Here the steps run in a loop over plain arrays whose memory is there
beforehand; and the way back is written by hand:

* gates are kept for it, beside the states and no longer than they are, and are written over by it;
* the gradient of a weight is one product over all steps and records, and computed only if it is
  asked for.

On arrays of a few thousand numbers a call of numpy costs about as much as its arithmetic, and
four times that on columns of a wider array. So there are few calls, on arrays in one piece: the
gates of a step are (gates, N, H), and only for BLAS (N, gates·H). They write into their last
argument, which costs less than to name it ``out``.

Run on nodes, for second derivatives, the rules are those of the network written step by step,
which is what scalar nodes get in the first place.

Shapes: x is (L, N, features), for L steps and N records; net, what comes from it to the net sums,
is (L, N, gates·H); weight_ih is (gates·H, features); weight and weight_hh are (gates·H, H); states
are (N, H).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import is_recording, scope
from autograd.folding import Byproducts
from autograd.primitives import apply_local
from autograd.rules.linalg import matmul
from nn.aliases import Array
from nn.functional import linear
from nn.layers.cells import gru_step, lstm_step, simple_step
from nn.layers.unrolled import Contribution, unrolled

# --- what they share ------------------------------------------------------------------------------


def _turned(weight: Array) -> Array:
    """The transpose in one piece: BLAS multiplies with it about twice as fast."""
    return np.ascontiguousarray(weight.T)


#: The gates of every result from which a sweep may come.
_gates_of = Byproducts()


def _by_gates(sums: Array, gates: int) -> Array:
    """A view of net sums (…, N, gates·H) as (…, gates, N, H)."""
    return sums.reshape(*sums.shape[:-1], gates, -1).swapaxes(-2, -3)


def _with_column(matrix: Array, last: Any, dtype: Any) -> Array:
    """A matrix and one more column: a bias beside its weights, or a 1 for it beside the inputs."""
    result = np.empty((len(matrix), matrix.shape[1] + 1), dtype)
    result[:, :-1], result[:, -1] = matrix, last
    return result


def _before(first: Array, states: Array) -> Array:
    """The state that each step begins with."""
    return np.concatenate([first[None], states[:-1]])


def _of_bias(d: Array) -> Array:
    """The gradient of a bias from those of all net sums; BLAS adds faster than numpy."""
    rows = d.reshape(-1, d.shape[-1])
    total: Array = np.ones(len(rows), d.dtype) @ rows
    return total


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
) -> tuple[Contribution, ...]:
    slopes = 1 - states * states if nonlinearity == "tanh" else ~(states <= 0)
    d, dh = np.empty_like(states), np.zeros_like(h, states.dtype)
    for t in reversed(range(len(g))):
        dh += g[t]
        d[t] = apply_local(dh, slopes[t])
        np.matmul(d[t], weight, out=dh)
    return lambda: d, lambda: _of_weight(d, _before(h, states)), lambda: dh


def _rnn_by_steps(net: Any, weight: Any, h: Any, nonlinearity: str) -> Any:
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            (h,) = simple_step(net[t], (h,), weight, None, nonlinearity)
        states.append(h)
    return np.stack(states)


#: (net, weight, h) → the states h after every step, (L, N, H).
rnn = unrolled("rnn", _rnn, _rnn_backward, _rnn_by_steps, 3, ["nonlinearity"])

# --- gated recurrent units ------------------------------------------------------------------------


def _gru(net: Array, weight: Array, bias: Array, h: Array) -> Array:
    states, gates = _run_gru(net, weight, bias, h)
    if is_recording():
        _gates_of.keep(states, gates)
    return states


def _run_gru(net: Array, weight: Array, bias: Array, h: Array) -> tuple[Array, Array]:
    """The states, and of all steps the gates r, z, n and r·n_h: (L, 4, N, H)."""
    (steps, records), size = net.shape[:2], h.shape[-1]
    dtype = np.result_type(net, weight, bias, h)
    half = dtype.type(0.5)
    # σ(x) = tanh(x/2)/2 + 1/2, and tanh is quicker than exp.
    scale = np.array([0.5, 0.5, 1], dtype).repeat(size)
    of_state = scale * _turned(weight)
    biases = np.empty((records, 3 * size), dtype)
    biases[...] = scale * bias
    gates = np.empty((steps, 4, records, size), dtype)
    gates[:, :3] = _by_gates(net, 3)
    gates[:, :2] *= half
    states = np.empty((steps, records, size), dtype)
    h = h.astype(dtype)
    sums, from_state = np.empty_like(biases), np.empty_like(gates[0, :3])
    sums_by_gates, from_r_z, n_h = _by_gates(sums, 3), from_state[:2], from_state[2]
    for r_z, r, n, of_r, z, y in zip(
        gates[:, :2], gates[:, 0], gates[:, 2], gates[:, 3], gates[:, 1], states, strict=True
    ):
        np.dot(h, of_state, sums)
        sums += biases
        from_state[...] = sums_by_gates
        r_z += from_r_z
        np.tanh(r_z, r_z)
        r_z *= half
        r_z += half
        np.multiply(r, n_h, of_r)
        n += of_r
        np.tanh(n, n)
        np.subtract(h, n, y)
        y *= z
        y += n
        h = y
    return states, gates


def _gru_backward(
    gradient: Array, net: Array, weight: Array, bias: Array, h: Array, states: Array
) -> tuple[Contribution, ...]:
    gates = _gates_of.take(states, lambda: _run_gru(net, weight, bias, h)[1])
    steps, _, records, size = gates.shape
    contiguous = np.ascontiguousarray(weight, gates.dtype)
    d = np.empty((steps, records, 3 * size), gates.dtype)
    d_gates = np.empty((3, records, size), gates.dtype)
    d_r, d_z, d_n_h = d_gates
    dh = np.zeros((records, size), gates.dtype)
    through, closed = np.empty_like(dh), np.empty_like(dh)
    for dy, y, r, z, n, of_r, by_gates, d_step in zip(
        gradient[::-1],
        states[::-1],
        *gates[::-1].swapaxes(0, 1),
        _by_gates(d, 3)[::-1],
        d[::-1],
        strict=True,
    ):
        # h′ = n + z(h − n) gives, with dn = dh(1 − z), the net sum of z dn·z(h − n), which is
        # dn(h′ − n), and that of n dn(1 − n²), left in the place of n; r and n_h get their share.
        dh += dy
        np.multiply(dh, z, through)
        dh -= through
        np.subtract(y, n, d_z)
        d_z *= dh
        n *= n
        np.subtract(1, n, n)
        n *= dh
        np.multiply(n, r, d_n_h)
        np.multiply(n, of_r, d_r)
        np.subtract(1, r, closed)
        d_r *= closed
        by_gates[...] = d_gates
        np.dot(d_step, contiguous, dh)
        dh += through
    return (
        lambda: np.concatenate([d[..., : 2 * size], gates[:, 2]], axis=-1),
        lambda: _of_weight(d, _before(h, states)),
        lambda: _of_bias(d),
        lambda: dh,
    )


def _gru_by_steps(net: Any, weight: Any, bias: Any, h: Any) -> Any:
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            (h,) = gru_step(net[t], (h,), weight, bias)
        states.append(h)
    return np.stack(states)


#: (net, weight, bias, h) → the states h after every step, (L, N, H).
gru = unrolled("gru", _gru, _gru_backward, _gru_by_steps, 4)

# --- long short-term memory -----------------------------------------------------------------------

#: Of all steps: the gates i, f, g, o, (L, 4, N, H); the c that each began with and tanh(c′),
#: (L, N, H).
_Gates = tuple[Array, Array, Array]


def _lstm(x: Array, weight_ih: Array, weight_hh: Array, bias: Array, h: Array, c: Array) -> Array:
    states, gates = _run_lstm(x, weight_ih, weight_hh, bias, h, c)
    if is_recording():
        _gates_of.keep(states, gates)
    return states


def _run_lstm(
    x: Array, weight_ih: Array, weight_hh: Array, bias: Array, h: Array, c: Array
) -> tuple[Array, _Gates]:
    (steps, records), size = x.shape[:2], h.shape[-1]
    dtype = np.result_type(x, weight_ih, weight_hh, bias, h, c)
    # One tanh does for all gates, since σ(x) = tanh(x/2)/2 + 1/2.
    scale = np.array([0.5, 0.5, 1, 0.5], dtype).repeat(size)
    of_input = scale[:, None] * _with_column(weight_ih, bias, dtype)
    of_state = scale * _turned(weight_hh)
    # Numpy repeats small arrays slowly: as large as the gates of a step.
    factor, offset = np.empty((2, records, 4 * size), dtype)
    factor[...] = scale
    np.subtract(1, factor, out=offset)

    # In the memory of a step's net sums come to stand its gates, and later their gradients.
    net = _with_column(x.reshape(-1, x.shape[-1]), 1, dtype) @ of_input.T
    net = net.reshape(steps, records, 4 * size)
    gates = net.reshape(steps, 4, records, size)
    memory, shown = np.empty((2, steps, records, size), dtype)
    states = np.empty((steps + 1, records, size), dtype)
    memory[0] = c
    h, c = h.astype(dtype), memory[0]
    sums, new = np.empty_like(factor), np.empty_like(h)
    sums_by_gates = _by_gates(sums, 4)
    for from_input, step, i, f, g, o, c_new, tanh_c, y in zip(
        net,
        gates,
        *gates.swapaxes(0, 1),
        [*memory[1:], states[-1]],
        shown,
        states[:-1],
        strict=True,
    ):
        np.dot(h, of_state, sums)
        sums += from_input
        np.tanh(sums, sums)
        sums *= factor
        sums += offset
        step[...] = sums_by_gates
        np.multiply(i, g, new)
        np.multiply(f, c, c_new)
        c_new += new
        np.tanh(c_new, tanh_c)
        h, c = np.multiply(o, tanh_c, y), c_new
    return states, (gates, memory, shown)


def _lstm_backward(
    gradient: Array,
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array,
    h: Array,
    c: Array,
    states: Array,
) -> tuple[Contribution, ...]:
    gates, memory, shown = _gates_of.take(
        states, lambda: _run_lstm(x, weight_ih, weight_hh, bias, h, c)[1]
    )
    steps, _, records, size = gates.shape
    weight = np.ascontiguousarray(weight_hh, gates.dtype)
    d = gates.reshape(steps, records, 4 * size)
    # The slope of h′ = o·tanh(c′) in c′: o(1 − tanh²(c′)) = o − h′·tanh(c′).
    slopes = np.multiply(shown, states[:-1], out=shown)
    np.subtract(gates[:, 3], slopes, out=slopes)
    d_gates, closed = np.empty((2, *gates.shape[1:]), gates.dtype)
    d_i, d_f, d_g, d_o = d_gates
    dh, dc = np.zeros((records, size), gates.dtype), gradient[-1].astype(gates.dtype)
    for dy, y, slope, step, i, f, g, c_before, by_gates, d_step in zip(
        gradient[-2::-1],
        states[-2::-1],
        slopes[::-1],
        gates[::-1],
        *gates[::-1, :3].swapaxes(0, 1),
        memory[::-1],
        _by_gates(d, 4)[::-1],
        d[::-1],
        strict=True,
    ):
        dh += dy
        slope *= dh
        dc += slope
        # c′ = f·c + i·g and h′ = o·tanh(c′) give the net sums of i dc·i·g(1 − i), of f
        # dc·f·c(1 − f), of g dc·i(1 + g)(1 − g) and of o dh·h′(1 − o): the last factors at once.
        np.multiply(i, dc, d_g)
        np.multiply(d_g, g, d_i)
        d_g += d_i
        dc *= f
        np.multiply(dc, c_before, d_f)
        np.multiply(dh, y, d_o)
        np.subtract(1, step, closed)
        d_gates *= closed
        by_gates[...] = d_gates
        np.dot(d_step, weight, dh)
    return (
        lambda: matmul(d, weight_ih),
        lambda: _of_weight(d, x),
        lambda: _of_weight(d, _before(h, states[:-1])),
        lambda: _of_bias(d),
        lambda: dh,
        lambda: dc,
    )


def _lstm_by_steps(x: Any, weight_ih: Any, weight_hh: Any, bias: Any, h: Any, c: Any) -> Any:
    net = linear(x, weight_ih, bias)
    states = []
    for t in range(net.shape[0]):
        with scope(f"t{t}"):
            h, c = lstm_step(net[t], (h, c), weight_hh, None)
        states.append(h)
    return np.stack([*states, c])


#: (x, weight_ih, weight_hh, bias, h, c) → the states h after every step, and below them c after
#: the last: (L + 1, N, H).
lstm = unrolled("lstm", _lstm, _lstm_backward, _lstm_by_steps, 6)
