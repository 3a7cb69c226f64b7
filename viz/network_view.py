"""network(): the textbook picture of a network, with the gradient of every weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from viz.picture import Picture
from viz.scene.numbers import number
from viz.textbook.columns import Anatomy, dissect
from viz.textbook.drawing import FIRST, LAST, MOST, draw

if TYPE_CHECKING:
    from nn import Module


def network(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: Callable[[Any, Any], Any],
    title: str | None = None,
) -> Picture:
    """Draw columns of neurons with one line per weight, coloured by the gradient of that weight.

    The loss is computed here and its gradients are read from its trace: no `backward` is needed
    before, and no `grad` is touched. Below the columns a chart shows the gradient of each layer's
    weights on a log scale, so that one sees where it vanishes or explodes.

    Parameters
    ----------
    model : Module
        An `MLP` or `Sequential` of `Linear` layers and activations, or a `Neuron`; on Tensors, or
        on scalar nodes after `to_values()`.
    x, y : array_like, (n, ...)
        Records and their targets.
    loss : callable
        ``loss(output, y)`` gives a scalar node, as `nn.functional.cross_entropy` does.
    title : str, optional
        Heading of the picture.

    Returns
    -------
    Picture
        Of a layer with more than 16 units it shows the first and the last few, and says so.

    Raises
    ------
    TypeError
        If the model has other layers, or the loss gives no node.
    RuntimeError, ValueError
        As the layers, the loss and `Node.trace` do.

    Examples
    --------
    >>> import nn
    >>> model = nn.MLP((2, 3, 1), nn.Tanh, seed=0)
    >>> network(model, [[0.5, 1.0]], [[1.0]], loss=nn.functional.mse_loss)
    <Picture 'MLP with 13 parameters': ...>
    """
    anatomy = dissect(model, x, y, loss)
    parameters = f"{model.count_parameters():,}".replace(",", " ")
    heading = title or f"{type(model).__name__} with {parameters} parameters"
    summary = _summarize(anatomy)
    return Picture(draw(anatomy, heading, summary), title=heading, alt=summary)


def _summarize(anatomy: Anatomy) -> str:
    """The picture in words."""
    columns = " → ".join(str(column.units) for column in anatomy.columns)
    records = f"{anatomy.records} record{'s' * (anatomy.records != 1)}"
    said = f"Units: {columns}. Loss {number(anatomy.loss)} on {records}."
    if any(column.units > MOST for column in anatomy.columns):
        said += (
            f" Of layers with more than {MOST} units the first {FIRST} and last {LAST} are shown."
        )
    first, last = anatomy.layers[0][0], anatomy.layers[-1][0]
    if first is last or first.strength is None or last.strength is None:
        return said
    compared = f" ({number(first.strength / last.strength, 2)} times)" if last.strength else ""
    return (
        f"{said} RMS of the weights' gradient: {number(first.strength, 2)} at {first.name}, "
        f"{number(last.strength, 2)} at {last.name}{compared}."
    )
