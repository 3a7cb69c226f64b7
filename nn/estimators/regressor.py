"""Networks that predict numbers."""

from __future__ import annotations

from typing import Any

from nn.aliases import Array
from nn.estimators.base import NeuralEstimator, Task
from nn.estimators.sklearn_parts import RegressorMixin
from nn.functional import mse_loss


class NeuralRegressor(RegressorMixin, NeuralEstimator):  # type: ignore[misc]  # without types
    """A network that predicts one or more numbers, as an estimator of scikit-learn.

    It learns by the mean squared error. Features and targets should be of similar size: put a
    scaler before it in a pipeline, and another into a ``TransformedTargetRegressor`` around it.

    The parameters are those of `NeuralClassifier`.

    Attributes
    ----------
    model_ : Module
        The network, in evaluation mode.
    history_ : History
        ``loss`` of each epoch, and ``val_loss``.
    n_features_in_, feature_names_in_
        As in `NeuralClassifier`.

    Examples
    --------
    >>> import nn
    >>> regressor = nn.estimators.NeuralRegressor(hidden_layers=0, learning_rate=0.1)
    >>> regressor.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).round(1)
    array([7.])
    """

    _one_dimensional: bool

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _task(self, y: Array) -> Task:
        self._one_dimensional = y.ndim == 1
        targets = y.astype(self._dtype).reshape(len(y), -1)
        return Task(targets, targets.shape[1], mse_loss)

    def predict(self, X: Any) -> Array:
        """The predicted numbers, (n,) or (n, n_outputs) as the targets in `fit` were.

        Parameters
        ----------
        X : array_like, (n, n_features)
        """
        output = self._predicted(X)
        return output[:, 0] if self._one_dimensional else output
