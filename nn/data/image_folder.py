"""Folders of images, one folder for each class."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from nn.aliases import Array

_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def load_image_folder(
    folder: str | PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    grayscale: bool = False,
) -> tuple[Array, Array, list[str]]:
    """Images whose folders say what they show, such as ``folder/cat/1.png``.

    Parameters
    ----------
    folder : path
        With a folder for each class. Files that are no images by their names are passed over.
    size : (height, width), optional
        Resize every image to it. Without it all must have one size.
    grayscale : bool, default False
        Read one grey channel instead of three colours.

    Returns
    -------
    images : (n, 3, h, w), or (n, h, w) if `grayscale`, float32
        Values from 0 to 1, in the order of the classes and of the files' names.
    labels : (n,), int64
        The place of each image's class in the list of classes.
    classes : list of str
        The names of the folders, sorted.

    Raises
    ------
    ImportError
        If Pillow is missing; the message names the extra to install.
    ValueError
        If there are no images, one cannot be read, or they differ in size.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "images are read by Pillow, which is not installed: pip install 'glassgrad[data]'"
        ) from error
    folders = sorted(path for path in Path(folder).iterdir() if path.is_dir())
    images: list[Array] = []
    labels: list[int] = []
    for label, files in enumerate(map(_image_files, folders)):
        for path in files:
            image = _read(Image, path, size, grayscale)
            if images and image.shape != images[0].shape:
                raise ValueError(
                    f"images need one size, but {path} has {image.shape[0]} × {image.shape[1]} "
                    f"pixels and the first one {images[0].shape[0]} × {images[0].shape[1]}; pass "
                    "size=(height, width)."
                )
            images.append(image)
            labels.append(label)
    if not images:
        raise ValueError(
            f"there are no images in {folder}: it needs a folder for each class with "
            f"{', '.join(sorted(_SUFFIXES))} files in it."
        )
    pixels = np.stack(images).astype(np.float32) / 255
    if not grayscale:
        pixels = np.ascontiguousarray(np.moveaxis(pixels, -1, 1))
    return pixels, np.array(labels, np.int64), [path.name for path in folders]


def _image_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _read(pillow: Any, path: Path, size: tuple[int, int] | None, grayscale: bool) -> Array:
    """One image, (h, w) or (h, w, 3), in bytes."""
    try:
        with pillow.open(path) as file:
            image = file.convert("L" if grayscale else "RGB")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for damaged files
        raise ValueError(f"{path} cannot be read as an image: {error}.") from error
    if size is not None:
        height, width = size
        image = image.resize((width, height), pillow.Resampling.BILINEAR)
    return np.asarray(image)
