"""What classifier and regressor share: their settings, the network, and its training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from nn.aliases import Array, DTypeLike
from nn.data import train_test_split
from nn.estimators.choices import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, chosen
from nn.estimators.sklearn_parts import (
    BaseEstimator,
    check_is_fitted,
    check_random_state,
    check_scalar,
    column_or_1d,
    validate_data,
)
from nn.layers import MLP, Dropout, Sequential
from nn.module import Module
from nn.optim import Optimizer
from nn.training import Callback, EarlyStopping, History, Loss, Metrics, fit, predict


class _Range(NamedTuple):
    """Where a setting that is one number may lie; None, if it is optional, lies there too."""

    kind: type
    low: float
    high: float | None = None
    bounds: Literal["left", "neither"] = "left"
    optional: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raise TypeError or ValueError, in scikit-learn's words, if a value lies elsewhere."""
        if not (value is None and self.optional):
            check_scalar(
                value,
                name,
                self.kind,
                min_val=self.low,
                max_val=self.high,
                include_boundaries=self.bounds,
            )


_RANGES = {
    "hidden_layers": _Range(Integral, 0, optional=True),
    "dropout": _Range(Real, 0, 1),
    "learning_rate": _Range(Real, 0, bounds="neither", optional=True),
    "weight_decay": _Range(Real, 0, optional=True),
    "batch_size": _Range(Integral, 1),
    "epochs": _Range(Integral, 1),
    "validation_fraction": _Range(Real, 0, 1),
    "patience": _Range(Integral, 1, optional=True),
}


class Task(NamedTuple):
    """What a network is to learn."""

    #: (n,) or (n, outputs), as the loss takes them.
    targets: Array
    #: How many numbers the network gives for a record.
    outputs: int
    loss: Loss
    metrics: Metrics = ()
    #: (n,), by which records are held out evenly, if at all.
    stratify: Array | None = None


class NeuralEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base class of `NeuralClassifier`, which describes the settings, and `NeuralRegressor`."""

    model_: Module
    history_: History
    _dtype: DTypeLike

    def __init__(
        self,
        *,
        hidden_layers: int | None = None,
        units: int | Sequence[int] = 64,
        activation: str | Callable[[], Module] = "relu",
        initializer: str | Callable[..., Any] | None = None,
        dropout: float = 0.0,
        module: Callable[..., Module] | None = None,
        optimizer: str | Callable[..., Optimizer] = "adam",
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        batch_size: int = 32,
        epochs: int = 100,
        validation_fraction: float = 0.0,
        patience: int | None = None,
        callbacks: Iterable[Callback] = (),
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        # scikit-learn's rule: what is given is kept as it is, and looked at in fit.
        self.hidden_layers = hidden_layers
        self.units = units
        self.activation = activation
        self.initializer = initializer
        self.dropout = dropout
        self.module = module
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network on records and their targets.

        Parameters
        ----------
        X : array_like, (n, n_features)
            Finite numbers. The network computes in their dtype if it is float32, else in float64.
        y : array_like, (n,) or (n, n_outputs)
            What is to be predicted.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the records or a setting make no sense.
        NonFiniteLossError
            If the loss becomes nan or infinite; see `nn.fit`.
        """
        for name, allowed in _RANGES.items():
            allowed.check(name, getattr(self, name))
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), multi_output=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._dtype = X.dtype
        task = self._task(y)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        rng = np.random.default_rng(seed)
        model = self._network(X.shape[1], task.outputs, rng).to(X.dtype)
        train_x, train_y, validation = self._hold_out(X, task, rng)
        self.history_ = fit(
            model,
            train_x,
            train_y,
            loss=task.loss,
            optimizer=self._optimizer(model),
            epochs=self.epochs,
            batch_size=self.batch_size,
            validation=validation,
            metrics=task.metrics,
            seed=rng,
            progress=self.verbose,
            callbacks=[*self.callbacks, *self._early_stopping()],
        )
        model.zero_grad()  # a fitted estimator is pickled and sent around
        self.model_ = model.eval()
        return self

    def _task(self, y: Array) -> Task:
        """What the network is to learn from targets of shape (n,) or (n, k), where k > 1."""
        raise NotImplementedError

    def _predicted(self, X: Any) -> Array:
        """The network's output for records, (n, outputs)."""
        check_is_fitted(self)
        return predict(self.model_, validate_data(self, X, dtype=self._dtype, reset=False))

    # --- the network --------------------------------------------------------------------------

    def _network(self, features: int, outputs: int, rng: np.random.Generator) -> Module:
        if self.module is None:
            return self._mlp(features, outputs, rng)
        model = self.module(features, outputs, seed=rng)
        if not isinstance(model, Module):
            raise TypeError(
                "module is called as module(n_features, n_outputs, seed=generator) and gives an "
                f"nn.Module, but it gave {type(model).__name__}."
            )
        return model

    def _mlp(self, features: int, outputs: int, rng: np.random.Generator) -> Module:
        initializer = self.initializer
        if initializer is not None:
            initializer = chosen("initializer", initializer, INITIALIZERS)
        mlp = MLP(
            (features, *self._hidden(), outputs),
            chosen("activation", self.activation, ACTIVATIONS),
            init=initializer,
            seed=rng,
        )
        if self.dropout == 0:
            return mlp
        children: dict[str, Module] = {}
        for name, child in mlp.named_children():
            children[name] = child
            if name.startswith("act"):
                children[name.replace("act", "drop")] = Dropout(self.dropout, seed=rng)
        return Sequential(children)

    def _hidden(self) -> list[int]:
        """The units of each hidden layer."""
        if np.ndim(self.units) == 0:
            count = 1 if self.hidden_layers is None else self.hidden_layers
            units = [self.units] * count
        else:
            units = list(self.units)  # type: ignore[arg-type]
            if self.hidden_layers not in (None, len(units)):
                raise ValueError(
                    f"units={self.units} lists {len(units)} hidden layers, but hidden_layers="
                    f"{self.hidden_layers} was given; leave out one of the two."
                )
        for number in units:
            check_scalar(number, "units", Integral, min_val=1)
        return [int(number) for number in units]  # type: ignore[arg-type]

    # --- its training -------------------------------------------------------------------------

    def _optimizer(self, model: Module) -> Optimizer:
        make = chosen("optimizer", self.optimizer, OPTIMIZERS)
        settings = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        given = {name: value for name, value in settings.items() if value is not None}
        return make(model.parameters(), **given)  # type: ignore[no-any-return]

    def _hold_out(
        self, X: Array, task: Task, rng: np.random.Generator
    ) -> tuple[Array, Array, tuple[Array, Array] | None]:
        """Records and targets to learn from, and those to judge by, if there are to be any."""
        if self.validation_fraction == 0:
            return X, task.targets, None
        count = round(self.validation_fraction * len(X))
        if not 0 < count < len(X):
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {len(X)} records holds out "
                f"{count} and leaves {len(X) - count} to learn from; both parts need records."
            )
        x, held_out_x, y, held_out_y = train_test_split(
            X, task.targets, test_size=count, stratify=task.stratify, seed=rng
        )
        return x, y, (held_out_x, held_out_y)

    def _early_stopping(self) -> list[Callback]:
        if self.patience is None:
            return []
        monitor = "val_loss" if self.validation_fraction else "loss"
        return [EarlyStopping(monitor, patience=self.patience)]
