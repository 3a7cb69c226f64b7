"""Networks that tell classes apart."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nn.aliases import Array
from nn.estimators.base import NeuralEstimator, Task
from nn.estimators.sklearn_parts import (
    ClassifierMixin,
    check_classification_targets,
    type_of_target,
)
from nn.functional import binary_cross_entropy_with_logits, cross_entropy, sigmoid, softmax
from nn.metrics import accuracy, binary_accuracy


class NeuralClassifier(ClassifierMixin, NeuralEstimator):  # type: ignore[misc]  # without types
    """A network that tells classes apart, as an estimator of scikit-learn.

    Two classes are learned through one sigmoid, more through a softmax, and labels of which a
    record may have several (a matrix of 0 and 1) through a sigmoid each. Features should be of
    similar size: put a scaler before it in a pipeline.

    Parameters
    ----------
    hidden_layers : int, optional
        How many there are, 0 included. By default one, or as many as `units` lists.
    units : int or sequence of int, default 64
        In every hidden layer, or in each of them.
    activation : str or callable, default "relu"
        The name of a function in `nn.functional`, such as "tanh", or what makes the layer when
        called without arguments, such as ``nn.Tanh``.
    initializer : str or callable, optional
        A name in `nn.init` without the last underscore, such as "xavier_normal", or what is
        called as ``initializer(weight, seed=generator)``; biases then start at 0. By default
        weights and biases are those of `nn.Linear`.
    dropout : float in [0, 1), default 0
        Probability with which the output of a hidden unit is dropped in training.
    module : callable, optional
        Makes another network: ``module(n_features, n_outputs, seed=generator)`` → Module, from
        (n, n_features) to (n, n_outputs). The five settings above then mean nothing.
    optimizer : str or callable, default "adam"
        The name of a class in `nn.optim` in lower case, or what is called as
        ``optimizer(parameters, lr=...)``, such as ``partial(nn.optim.SGD, momentum=0.9)``.
    learning_rate : float, optional
        By default the optimiser's own.
    weight_decay : float, optional
        The L2 penalty; see `nn.optim.Optimizer`. By default the optimiser's own, mostly 0.
    batch_size : int, default 32
        Records in a step.
    epochs : int, default 100
        How often to go through the records, at most.
    validation_fraction : float in [0, 1), default 0
        Which share of the records is held out and only measured, after every epoch.
    patience : int, optional
        Stop early: after so many epochs in which the loss of what is held out (or without that,
        of what is learned from) was not better; the weights are then those of the best epoch.
    callbacks : iterable of Callback, default ()
        As for `nn.fit`.
    random_state : int or RandomState, optional
        Where first weights, order of the records, held-out records and dropout come from. The
        same int gives the same predictions, bit for bit.
    verbose : bool, default False
        Show progress.

    Attributes
    ----------
    classes_ : (n_classes,)
        The labels, sorted; for a matrix of labels the numbers of its columns.
    model_ : Module
        The network, in evaluation mode. It gives logits.
    history_ : History
        ``loss`` and ``accuracy`` of each epoch, and the same with ``val_``.
    n_features_in_ : int
        How many features there were in `fit`.
    feature_names_in_ : (n_features_in_,)
        Their names, if they had any.

    Examples
    --------
    >>> import nn
    >>> from sklearn.model_selection import GridSearchCV
    >>> X, y = nn.data.make_moons(60, seed=0)
    >>> classifier = nn.estimators.NeuralClassifier(learning_rate=0.05, random_state=0)
    >>> search = GridSearchCV(classifier, {"hidden_layers": [0, 2], "units": [8]}).fit(X, y)
    >>> search.best_params_
    {'hidden_layers': 2, 'units': 8}
    """

    classes_: Array
    _multilabel: bool

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _task(self, y: Array) -> Task:
        check_classification_targets(y)
        if type_of_target(y) == "multilabel-indicator":
            self._multilabel = True
            self.classes_ = np.arange(y.shape[1])
            return self._sigmoids(y)
        self._multilabel = False
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError(
                f"{type(self).__name__} tells classes apart, but all records have one class, "
                f"{self.classes_[0]}."
            )
        if len(self.classes_) == 2:
            return self._sigmoids(indices[:, None], stratify=indices)
        return Task(indices, len(self.classes_), cross_entropy, (accuracy,), stratify=indices)

    def _sigmoids(self, y: Array, stratify: Array | None = None) -> Task:
        """Columns of 0 and 1, each through its own sigmoid."""
        at_logits = {"accuracy": partial(binary_accuracy, threshold=0.0)}
        loss = binary_cross_entropy_with_logits
        return Task(y.astype(self._dtype), y.shape[1], loss, at_logits, stratify)

    def decision_function(self, X: Any) -> Array:
        """Logits: (n,) for two classes, else (n, n_classes).

        Parameters
        ----------
        X : array_like, (n, n_features)
        """
        logits = self._predicted(X)
        return logits[:, 0] if self._is_binary() else logits

    def predict_proba(self, X: Any) -> Array:
        """Probabilities, (n, n_classes); for a matrix of labels each by itself.

        Parameters
        ----------
        X : array_like, (n, n_features)
        """
        logits = self._predicted(X)
        if self._is_binary():
            return np.hstack([sigmoid(-logits), sigmoid(logits)])
        return np.asarray(sigmoid(logits) if self._multilabel else softmax(logits))

    def predict(self, X: Any) -> Array:
        """The most probable class of each record, (n,); for a matrix of labels (n, n_classes).

        Parameters
        ----------
        X : array_like, (n, n_features)
        """
        logits = self._predicted(X)
        if self._multilabel:
            return (logits > 0).astype(int)
        indices = (logits[:, 0] > 0).astype(int) if self._is_binary() else logits.argmax(axis=1)
        labels: Array = self.classes_[indices]
        return labels

    def _is_binary(self) -> bool:
        return len(self.classes_) == 2 and not self._multilabel
