"""Tests of the IDX loader, on files made here and on real MNIST where it lies."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from nn.data import load_idx, load_mnist

CODES = {
    "uint8": 0x08,
    "int8": 0x09,
    "int16": 0x0B,
    "int32": 0x0C,
    "float32": 0x0D,
    "float64": 0x0E,
}


def idx(array):
    """The bytes of an IDX file."""
    lengths = b"".join(length.to_bytes(4) for length in array.shape)
    head = bytes([0, 0, CODES[array.dtype.name], array.ndim]) + lengths
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def mnist(tmp_path):
    """A folder like MNIST's, with six images."""
    images = np.random.default_rng(0).integers(0, 256, (6, 5, 4)).astype(np.uint8)
    labels = np.array([3, 1, 4, 1, 5, 9], np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(images))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return tmp_path, images, labels


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (0, 5)])
def test_what_was_written_is_read(tmp_path, shape, dtype, compressed):
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if compressed else idx(array))
    read = load_idx(str(path))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype
    assert read.flags.writeable


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda content: content[:-1], r"is truncated: .* shape \(2, 3\) .* 18 bytes, .* has 17"),
        (lambda content: content[:9], "is truncated: .* but this one has 9"),
        (lambda content: content + b"!", "is damaged: .* but this one has 19"),
        (lambda content: content[:3], "no IDX file: it begins with"),
        (lambda content: b"", r"no IDX file: it begins with b''"),
        (lambda content: b"\x89PNG" + content, r"no IDX file: it begins with b'\\x89PNG'"),
        (lambda content: b"\0\0\x0a\2" + content[4:], "and a known type"),
        (lambda content: gzip.compress(content)[:-9], "truncated or damaged gzip file"),
        (lambda content: gzip.compress(content)[:-1] + b"!", "truncated or damaged gzip file"),
        (lambda content: b"\x1f\x8b" + content, "truncated or damaged gzip file"),
    ],
)
def test_truncated_and_foreign_files(tmp_path, damage, complaint):
    path = tmp_path / "file"
    path.write_bytes(damage(idx(np.zeros((2, 3), np.uint8))))
    with pytest.raises(ValueError, match=complaint) as caught:
        load_idx(path)
    assert str(path) in str(caught.value)


def test_mnist(mnist):
    folder, images, labels = mnist
    read, classes = load_mnist(folder)
    np.testing.assert_allclose(read, images / 255, rtol=1e-6)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(classes, labels)
    assert classes.dtype == np.int64


def test_files_that_are_missing_or_do_not_belong_together(mnist):
    folder, *_ = mnist
    with pytest.raises(FileNotFoundError, match=r"neither t10k-images-idx3-ubyte nor .*\.gz in"):
        load_mnist(folder, "test")
    with pytest.raises(ValueError, match="'train' or 'test', but 'validation'"):
        load_mnist(folder, "validation")
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(
        ValueError, match=r"train files .* shape \(6, 5, 4\), and the labels \(5,\)"
    ):
        load_mnist(folder)


@pytest.mark.skipif(
    "GLASSGRAD_DATA" not in os.environ, reason="GLASSGRAD_DATA names no folder with mnist/ in it"
)
def test_the_real_test_images():
    images, labels = load_mnist(Path(os.environ["GLASSGRAD_DATA"]) / "mnist", "test")
    assert images.shape == (10_000, 28, 28)
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    # A one has less ink than a zero.
    ink = [images[labels == digit].mean() for digit in (0, 1)]
    assert ink[0] > 2 * ink[1]
