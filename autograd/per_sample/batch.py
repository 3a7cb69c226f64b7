"""`per_sample_grad`: a function is called on a whole batch, and each of its losses swept back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.containers import leaves, map_leaves, rebuild
from autograd.node import Node
from autograd.per_sample.cotangents import sweep_samples
from autograd.per_sample.samples import InteractionError, NoRuleError
from autograd.primitives import data_of
from autograd.recording import recording
from autograd.sweep import derivatives
from autograd.tensor import Tensor
from autograd.transforms import Argnums, argument_numbers, describe, name_of, variable
from autograd.valuearray import ValueArray


def per_sample_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradients of the losses of a batch, each by itself, as a function.

    Parameters
    ----------
    f : callable
        Returns one loss per sample, of shape (B,), such as a loss with ``reduction="none"``. The
        positional arguments that `argnums` does not name are the data: arrays, or nested lists,
        tuples and dicts of arrays, whose first axis is the batch of B ≥ 1 samples. Keyword
        arguments are handed on as they are.
    argnums : int or sequence of int, default 0
        Which positional arguments to differentiate with respect to, in any form that `grad`
        takes. A variable that is a node is differentiated as it stands, so the parameters of a
        model may be given though `f` calls the model itself.

    Returns
    -------
    callable
        Takes what `f` takes and returns ∂(loss of each sample)/∂argument in the form of the
        argument: arrays of shape (B, *argument.shape) in its dtype; a tuple of such forms if
        `argnums` is a sequence.

    Raises
    ------
    ValueError
        If `f` does not return one loss per sample, the data have no axis or different numbers of
        samples, or none; or if samples interact, as they do in batch normalisation.
    TypeError
        If an argument holds something that has no derivative.

    Notes
    -----
    `f` runs once, on the whole batch, and one sweep goes back from all its losses. Where an
    operation on the way has no rule for samples, `f` is called on one sample after the other
    instead, on ``x[i:i+1]``. What it computes of the data in plain numpy counts as data.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import per_sample_grad
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> per_sample_grad(lambda w, x: (x @ w) ** 2)(np.array([1.0, -1.0]), x)
    array([[-2., -4.],
           [-6., -8.]])
    """

    @wraps(f)
    def gradients(*args: Any, **kwargs: Any) -> Any:
        return _Batch(f, args, kwargs, argnums).gradients()

    return gradients


class _Batch:
    """A function, what it is differentiated with respect to, and a batch of samples."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, argnums: Argnums
    ) -> None:
        self.f, self.kwargs = f, kwargs
        self.single = isinstance(argnums, int)
        numbers = argument_numbers(f, args, argnums)
        self.numbers = [number % len(args) for number in numbers]
        self.args = [
            map_leaves(_free, arg) if place in self.numbers else arg
            for place, arg in enumerate(args)
        ]
        self.data = {
            place: map_leaves(data_of, arg)
            for place, arg in enumerate(args)
            if place not in self.numbers
        }
        self.count = _count_samples(self.data)
        self.arguments = [self.args[number] for number in self.numbers]
        self.variables = leaves(self.arguments)

    def gradients(self) -> Any:
        """In the form of the arguments, with an axis of samples before those of each leaf."""
        forms = rebuild(self.arguments, iter(self._found()))
        return forms[0] if self.single else tuple(forms)

    def _found(self) -> list[Any]:
        if self.count == 1:
            return self._one_by_one()
        losses = self._losses(slice(None))
        try:
            samples = [np.asarray(leaf) for leaf in leaves(self.data)]
            return sweep_samples(losses, self.variables, samples, self.count)
        except NoRuleError:
            return self._one_by_one()
        except InteractionError as suspicion:
            return self._one_by_one(data_of(losses), suspicion.node)

    def _one_by_one(self, losses: Any = None, suspect: Any = None) -> list[Any]:
        """The honest loop; what is suspected to mix samples must not show in their losses."""
        rows = []
        for i in range(self.count):
            loss = self._losses(slice(i, i + 1), suspect)
            if suspect is not None and not _close(data_of(loss), losses[i : i + 1]):
                raise ValueError(_interaction(suspect))
            if isinstance(loss, Tensor) and loss.requires_grad:
                rows.append([data_of(g) for g in derivatives(loss, None, self.variables)])
            else:
                rows.append([np.zeros_like(variable.data) for variable in self.variables])
        return [np.stack(column) for column in zip(*rows, strict=True)]

    def _losses(self, samples: slice, suspect: Any = None) -> Any:
        """What the function returns for some of the samples, checked to be a loss for each."""
        args = [
            arg if place in self.numbers else map_leaves(lambda leaf: leaf[samples], arg)
            for place, arg in enumerate(self.args)
        ]
        try:
            with recording():
                losses = self.f(*args, **self.kwargs)
        except ValueError as error:
            if suspect is None:
                raise
            # Batch normalisation refuses a single sample.
            raise ValueError(_interaction(suspect)) from error
        expected = (len(range(self.count)[samples]),)
        if not isinstance(losses, Tensor | np.ndarray) or losses.shape != expected:
            raise ValueError(
                f"per_sample_grad takes a function that returns one loss per sample, of shape "
                f"{expected} here, but {name_of(self.f)} returned {describe(losses)}; use "
                'reduction="none" and reduce over all axes but the first.'
            )
        if losses.dtype.kind == "c":
            raise ValueError(
                f"per_sample_grad needs real losses, but {name_of(self.f)} returned complex ones; "
                "take np.abs, .real or .imag of them."
            )
        if isinstance(losses, ValueArray):
            raise TypeError(
                f"per_sample_grad works on arrays and Tensors, but {name_of(self.f)} returned a "
                "ValueArray; differentiate its elements one by one."
            )
        return losses


def _free(argument: Any) -> Any:
    """A variable that is given stays itself, because a model may hold it; all else gets one."""
    if not isinstance(argument, Node):
        return variable(argument)
    return argument if argument.is_leaf and argument.requires_grad else variable(argument.data)


def _count_samples(data: dict[int, Any]) -> int:
    """How many samples the data arguments hold."""
    counts: dict[int, int] = {}
    for place, arg in data.items():
        for leaf in leaves(arg):
            shape = getattr(leaf, "shape", ())
            if not shape:
                raise ValueError(
                    f"per_sample_grad needs arrays of samples as data, but argument {place} holds "
                    f"{describe(leaf)} without an axis; pass what all samples share by keyword."
                )
            counts.setdefault(shape[0], place)
    if len(counts) > 1:
        different = ", ".join(f"argument {place} has {n}" for n, place in counts.items())
        raise ValueError(
            f"per_sample_grad needs as many samples in all data, along their first axes, but "
            f"{different}."
        )
    if not any(counts):
        held = "hold none" if counts else "are missing: all arguments are in argnums"
        raise ValueError(f"per_sample_grad needs at least one sample, but the data {held}.")
    return next(iter(counts))


def _close(alone: Any, within: Any) -> bool:
    """Whether a loss is the same but for rounding."""
    tolerance = np.sqrt(np.finfo(within.dtype).eps)
    return np.allclose(alone, within, rtol=tolerance, atol=tolerance, equal_nan=True)


def _interaction(suspect: Any) -> str:
    return (
        f"samples interact in {suspect._label()}: the loss of a sample depends on the others of "
        "its batch, so it has no gradient of its own; put batch normalisation into evaluation "
        "mode or replace it by one that treats every sample alone, and reduce over other axes "
        "than that of the samples."
    )
