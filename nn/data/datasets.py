"""Real data that comes with scikit-learn."""

from __future__ import annotations

import importlib

import numpy as np

from nn.aliases import Array


def load_digits() -> tuple[Array, Array]:
    """Handwritten digits of 8 × 8 pixels: the 1 797 images that scikit-learn brings along.

    Returns
    -------
    images : (1797, 64), float32
        Grey values from 0 to 1.
    labels : (1797,), int
        0 … 9.

    Raises
    ------
    ImportError
        If scikit-learn is missing; the message names the extra to install.
    """
    images, labels = _bundled("digits")
    return images / 16, labels


def load_iris() -> tuple[Array, Array]:
    """Iris: four lengths, in cm, of 150 flowers of three species.

    Returns
    -------
    features : (150, 4), float32
    labels : (150,), int

    Raises
    ------
    ImportError
        If scikit-learn is missing; the message names the extra to install.
    """
    return _bundled("iris")


def load_wine() -> tuple[Array, Array]:
    """Wine: 13 measurements, of very different size, of 178 wines from three growers.

    Returns
    -------
    features : (178, 13), float32
    labels : (178,), int

    Raises
    ------
    ImportError
        If scikit-learn is missing; the message names the extra to install.
    """
    return _bundled("wine")


def load_breast_cancer() -> tuple[Array, Array]:
    """Breast cancer (Wisconsin): 30 measurements of 569 tumours, malignant (0) or benign (1).

    Returns
    -------
    features : (569, 30), float32
    labels : (569,), int

    Raises
    ------
    ImportError
        If scikit-learn is missing; the message names the extra to install.
    """
    return _bundled("breast_cancer")


def load_diabetes() -> tuple[Array, Array]:
    """Diabetes, for regression: ten scaled measurements of 442 patients, and a year's progress.

    Returns
    -------
    features : (442, 10), float32
    progress : (442,), float32
        From 25 to 346.

    Raises
    ------
    ImportError
        If scikit-learn is missing; the message names the extra to install.
    """
    features, progress = _bundled("diabetes")
    return features, progress.astype(np.float32)


def _bundled(name: str) -> tuple[Array, Array]:
    """One of scikit-learn's sets."""
    try:
        datasets = importlib.import_module("sklearn.datasets")
    except ImportError as error:
        raise ImportError(
            f"the data set {name} comes with scikit-learn, which is not installed: pip install "
            "'glassgrad[data]'"
        ) from error
    features, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    return features.astype(np.float32), targets
