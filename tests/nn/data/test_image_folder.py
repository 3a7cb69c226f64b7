"""Tests of folders of images."""

import sys

import numpy as np
import pytest
from PIL import Image

from nn.data import load_image_folder


def save(folder, name, array):
    folder.mkdir(exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(folder / name)


@pytest.fixture
def animals(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (3, 5, 4, 3))
    save(tmp_path / "dog", "b.png", pixels[2])
    save(tmp_path / "cat", "2.png", pixels[1])
    save(tmp_path / "cat", "1.PNG", pixels[0])
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "readme.txt").write_text("no class")
    return tmp_path, pixels


def test_folders_are_classes(animals):
    folder, pixels = animals
    images, labels, classes = load_image_folder(folder)
    np.testing.assert_allclose(images, pixels.transpose(0, 3, 1, 2) / 255, rtol=1e-6)
    assert images.dtype == np.float32
    assert labels.tolist() == [0, 0, 1]
    assert classes == ["cat", "dog"]


def test_grey_images(animals):
    folder, pixels = animals
    images, _, _ = load_image_folder(str(folder), grayscale=True)
    assert images.shape == (3, 5, 4)
    luma = pixels @ [0.299, 0.587, 0.114] / 255
    np.testing.assert_allclose(images, luma, atol=1 / 255)


def test_sizes(animals):
    folder, _ = animals
    save(folder / "dog", "c.png", np.full((9, 9, 3), 51))
    with pytest.raises(ValueError, match=r"c\.png has 9 × 9 pixels and the first one 5 × 4; pass"):
        load_image_folder(folder)
    images, labels, _ = load_image_folder(folder, size=(6, 8))
    assert images.shape == (4, 3, 6, 8)
    np.testing.assert_allclose(images[3], 0.2, rtol=1e-6)
    assert labels.tolist() == [0, 0, 1, 1]


def test_files_that_are_no_images(animals):
    folder, _ = animals
    whole = (folder / "dog" / "b.png").read_bytes()
    for content in (b"not a picture", whole[: len(whole) // 2], b""):
        (folder / "dog" / "b.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"b\.png cannot be read as an image"):
            load_image_folder(folder)


def test_a_folder_without_images(tmp_path):
    (tmp_path / "cat").mkdir()
    with pytest.raises(ValueError, match=r"there are no images in .*a folder for each class with"):
        load_image_folder(tmp_path)


def test_without_pillow_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[data\]'"):
        load_image_folder(tmp_path)
