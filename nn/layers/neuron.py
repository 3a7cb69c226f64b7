"""One neuron, and the first that learned: Rosenblatt's perceptron."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograd import no_grad
from nn import init
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed, Variable
from nn.layers.activations import Sigmoid, Step
from nn.module import Module, Parameter


class Neuron(Module):
    """One neuron: activation(w·x + b), from (n_in,) to a scalar or from (batch, n_in) to (batch,).

    Parameters
    ----------
    n_in : int
        How many inputs it has.
    activation : type of Module, default Sigmoid
        Called without arguments.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from; they are uniform within ±1/√n_in.

    Attributes
    ----------
    weight : Parameter, (n_in,)
    bias : Parameter, ()
    activation : Module

    Examples
    --------
    >>> from nn import Neuron
    >>> neuron = Neuron(2)
    >>> neuron.weight.data, neuron.bias.data = (0.01, 0.02), 0.001
    >>> f"{neuron.net_sum((95, 4)):.3f} {neuron((95, 4)):.3f}"
    '1.031 0.737'
    """

    n_in: int
    weight: Variable
    bias: Variable
    activation: Module

    def __init__(
        self,
        n_in: int,
        activation: Callable[[], Module] = Sigmoid,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self.n_in = n_in
        bound = 1 / math.sqrt(n_in)
        rng = np.random.default_rng(seed)
        self.weight = init.uniform_(Parameter(np.zeros(n_in), dtype), -bound, bound, seed=rng)
        self.bias = init.uniform_(Parameter(np.zeros(()), dtype), -bound, bound, seed=rng)
        self.activation = activation()

    def net_sum(self, x: ArrayOrNode) -> ArrayOrNode:
        """Net sum z = w·x + b: what the activation is given."""
        x = self._cast(x, self.weight)
        self._require_features(x, self.n_in)
        return x @ self.weight + self.bias

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """The neuron's output."""
        return self.activation(self.net_sum(x))


class Perceptron(Neuron):
    """A neuron with a step activation, which learns by its own rule instead of by gradients.

    Weights and bias start at 0. The output is 1 where w·x + b > 0, else 0.

    Parameters
    ----------
    n_in : int
        How many inputs it has.
    dtype : dtype, default float32
        Of the parameters.

    Notes
    -----
    Rosenblatt 1958: after each record w ← w + η (t − y) x and b ← b + η (t − y). If a line (a
    hyperplane) separates the classes, it is found after finitely many mistakes.

    Examples
    --------
    >>> from nn import Perceptron
    >>> x, both = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 0, 0, 1]
    >>> gate = Perceptron(2)
    >>> gate.fit(x, both)
    [1, 3, 3, 2, 1, 0]
    >>> gate.predict(x)
    array([0, 0, 0, 1])
    """

    def __init__(self, n_in: int, *, dtype: DTypeLike | None = None) -> None:
        super().__init__(n_in, Step, dtype=dtype)
        init.zeros_(self.weight)
        init.zeros_(self.bias)

    def predict(self, x: ArrayOrNode) -> Array:
        """Classes, 0 or 1, as integers: of shape () for one record, (batch,) for several."""
        with no_grad():
            y = self(x)
        return np.asarray(getattr(y, "data", y), dtype=int)

    def update(self, x: ArrayOrNode, target: int, *, lr: float = 1.0) -> int:
        """Learn from one record by the perceptron's rule.

        Parameters
        ----------
        x : (n_in,)
            The record.
        target : {0, 1}
            Its class t.
        lr : float, default 1
            The learning rate η.

        Returns
        -------
        int
            The error t − y that was made: −1, 0 or 1. Nothing changes if it is 0.
        """
        if target not in (0, 1):
            raise ValueError(f"a perceptron's target is 0 or 1, but {target!r} was given.")
        error = int(target) - int(self.predict(x))
        if error:
            self.weight.data += lr * error * np.asarray(x, dtype=float)
            self.bias.data += lr * error
        return error

    def fit(
        self, x: ArrayOrNode, targets: ArrayOrNode, *, lr: float = 1.0, epochs: int = 100
    ) -> list[int]:
        """Go through the records again and again until an epoch brings no mistake.

        Parameters
        ----------
        x : (n, n_in)
            The records, taken in order.
        targets : (n,)
            Their classes, 0 or 1.
        lr : float, default 1
            The learning rate η.
        epochs : int, default 100
            When to give up.

        Returns
        -------
        list of int
            The number of mistakes in each epoch; the last is 0 if the classes could be separated.
        """
        mistakes: list[int] = []
        while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
            records = zip(x, targets, strict=True)
            mistakes.append(sum(abs(self.update(row, int(t), lr=lr)) for row, t in records))
        return mistakes
