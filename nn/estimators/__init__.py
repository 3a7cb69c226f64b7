"""Networks as scikit-learn's estimators: in pipelines, searches and cross-validation."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.estimators.classifier import NeuralClassifier
    from nn.estimators.regressor import NeuralRegressor

__all__ = ["NeuralClassifier", "NeuralRegressor"]

# Loaded when they are used: scikit-learn is optional.
_HOMES = {"NeuralClassifier": "classifier", "NeuralRegressor": "regressor"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nn.estimators' has no attribute {name!r}")
    return getattr(import_module(f"nn.estimators.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
