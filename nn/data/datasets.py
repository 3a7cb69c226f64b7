"""Real data that comes with other packages."""

from __future__ import annotations

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
    try:
        from sklearn.datasets import load_digits as load
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn, which is not installed: pip install "
            "'glassgrad[data]'"
        ) from error
    images, labels = load(return_X_y=True)
    return (images / 16).astype(np.float32), labels
