"""Two networks of one shape, trained alike on handwritten digits, and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

import nn
import viz
from autograd import no_grad
from nn.functional import cross_entropy
from viz.health import Diagnosis
from viz.picture import Picture

#: Pixels, seven hidden layers, classes.
SIZES = (64, *[32] * 7, 10)
#: Standard deviation of the small weights.
SMALL = 0.1
LEARNING_RATE, MOMENTUM, BATCH = 0.01, 0.9, 32
#: Records on which gradients are measured.
MEASURED = 256
#: Images that the page shows.
_SHOWN = 12


@dataclass(frozen=True)
class Recipe:
    """How a network is made."""

    key: str
    title: str
    activation: Callable[[], nn.Module]
    init: Callable[..., Any]
    words: str


RECIPES = (
    Recipe(
        "sigmoid",
        "Sigmoid, small weights",
        nn.Sigmoid,
        lambda weight, seed: nn.init.normal_(weight, std=SMALL, seed=seed),
        f"sigmoid activations, weights drawn with standard deviation {SMALL}",
    ),
    Recipe(
        "relu",
        "ReLU, He weights",
        nn.ReLU,
        nn.init.kaiming_normal_,
        "ReLU activations, He initialisation (standard deviation √(2/fan_in))",
    ),
)


@dataclass(frozen=True)
class Digits:
    """The images, split into those that are learned from and those held out."""

    x_train: NDArray[Any]
    x_test: NDArray[Any]
    y_train: NDArray[Any]
    y_test: NDArray[Any]

    @classmethod
    def load(cls, seed: int) -> Digits:
        """Split scikit-learn's digits three to one, with every class in proportion.

        Raises
        ------
        ImportError
            If scikit-learn is missing.
        """
        x, y = nn.data.load_digits()
        return cls(*nn.data.train_test_split(x, y, test_size=0.25, stratify=y, seed=seed))


@dataclass(frozen=True)
class Result:
    """One network: before its first step, and after training.

    Attributes
    ----------
    recipe : Recipe
    loss : float
        On the measured records before the first step.
    before, after : Diagnosis
        On the same records.
    network, graph : Picture
        Before the first step.
    history : nn.History
    accuracy : float
        On the held-out images, after training.
    answers : ndarray of int
        For the first held-out images, after training.
    """

    recipe: Recipe
    loss: float
    before: Diagnosis
    after: Diagnosis
    network: Picture
    graph: Picture
    history: nn.History
    accuracy: float
    answers: NDArray[Any]


def run_experiment(
    recipe: Recipe, digits: Digits, *, epochs: int, seed: int, progress: bool
) -> Result:
    """Make a network, look at its gradients, train it, and look again."""
    model = nn.MLP(SIZES, recipe.activation, init=recipe.init, seed=seed)
    x, y = digits.x_train[:MEASURED], digits.y_train[:MEASURED]
    loss = cross_entropy(model(x), y)
    before = viz.diagnose(loss, model)
    title = f"{recipe.title}: before the first step"
    network = viz.network(model, x, y, loss=cross_entropy, title=title)
    graph = viz.graph(loss, names=dict(model.named_parameters()), title=title)
    history = nn.fit(
        model,
        digits.x_train,
        digits.y_train,
        loss=cross_entropy,
        optimizer=nn.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM),
        epochs=epochs,
        batch_size=BATCH,
        validation=(digits.x_test, digits.y_test),
        metrics=[nn.accuracy],
        seed=seed,
        progress=progress,
    )
    with no_grad():
        answers = model(digits.x_test[:_SHOWN]).data.argmax(axis=1)
    return Result(
        recipe=recipe,
        loss=loss.item(),
        before=before,
        after=viz.diagnose(cross_entropy(model(x), y), model),
        network=network,
        graph=graph,
        history=history,
        accuracy=history["val_accuracy"][-1],
        answers=answers,
    )


def weight_gradients(diagnosis: Diagnosis) -> list[tuple[str, float]]:
    """Name of each weight layer, and RMS of the gradient over its weights."""
    return [(layer.name, layer.strength) for layer in diagnosis.survey.weight_layers]
