"""Tests of augmentation."""

import functools

import numpy as np
import pytest
from scipy import ndimage

from nn.data import augmentation

RNG = np.random.default_rng(0)
GREY = RNG.random((6, 9, 7))
COLOUR = RNG.random((6, 3, 9, 7)).astype(np.float32)

AUGMENTATIONS = {
    "flip": augmentation.flip,
    "upside down": functools.partial(augmentation.flip, vertical=True),
    "crop": functools.partial(augmentation.crop, size=(9, 7), padding=2),
    "translate": functools.partial(augmentation.translate, pixels=3),
    "rotate": functools.partial(augmentation.rotate, degrees=40),
    "scale": functools.partial(augmentation.scale, low=0.5, high=1.5),
    "noise": functools.partial(augmentation.noise, std=0.1),
    "cutout": functools.partial(augmentation.cutout, size=4),
}


class Largest(np.random.Generator):
    """Draws the largest number there is."""

    def uniform(self, low, high, size):
        return np.full(size, high)

    def integers(self, low, high, size):
        return np.full(size, high - 1)


LARGEST = Largest(np.random.PCG64(0))


@pytest.mark.parametrize("images", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("name", AUGMENTATIONS)
class TestAll:
    def test_shape_dtype_and_the_images_themselves_stay(self, name, images):
        before = images.copy()
        changed = AUGMENTATIONS[name](images, seed=0)
        assert changed.shape == images.shape
        assert changed.dtype == images.dtype
        np.testing.assert_array_equal(images, before)
        assert not np.shares_memory(changed, images)
        assert not np.array_equal(changed, images)

    def test_seeds(self, name, images):
        first, again, other = (AUGMENTATIONS[name](images, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)
        rng = np.random.default_rng(3)
        np.testing.assert_array_equal(AUGMENTATIONS[name](images, seed=rng), first)
        assert not np.array_equal(AUGMENTATIONS[name](images, seed=rng), first)

    def test_every_image_is_changed_in_its_own_way(self, name, images):
        equal = np.repeat(images[:1], 40, axis=0)
        changed = AUGMENTATIONS[name](equal, seed=0)
        assert len(np.unique(changed.reshape(40, -1), axis=0)) > 1

    def test_channels_are_changed_alike(self, name, images):
        grey = images if images.ndim == 3 else images[:, 0]
        both = AUGMENTATIONS[name](np.stack([grey, grey], axis=1), seed=0)
        if name == "noise":  # which each pixel of each channel has of its own
            assert not np.array_equal(both[:, 0], both[:, 1])
        else:
            np.testing.assert_array_equal(both[:, 0], both[:, 1])
            np.testing.assert_array_equal(both[:, 0], AUGMENTATIONS[name](grey, seed=0))


def test_half_of_the_images_are_flipped():
    images = RNG.random((1000, 2, 3))
    flipped = augmentation.flip(images, seed=0)
    same = (flipped == images).all(axis=(1, 2))
    mirrored = (flipped == images[..., ::-1]).all(axis=(1, 2))
    assert (same ^ mirrored).all()
    assert 400 < mirrored.sum() < 600
    np.testing.assert_array_equal(augmentation.flip(images, 1.0), images[..., ::-1])
    np.testing.assert_array_equal(augmentation.flip(images, 1.0, vertical=True), images[:, ::-1])
    np.testing.assert_array_equal(augmentation.flip(images, 0.0), images)


def test_a_crop_is_a_window():
    images = np.arange(2 * 6 * 5).reshape(2, 6, 5)
    windows = np.lib.stride_tricks.sliding_window_view(images, (4, 3), axis=(1, 2))
    for seed in range(20):
        for cropped, possible in zip(
            augmentation.crop(images, (4, 3), seed=seed), windows, strict=True
        ):
            assert (possible == cropped).all(axis=(-1, -2)).sum() == 1


def test_translation_by_whole_pixels():
    image = np.arange(1, 13).reshape(1, 3, 4)
    # The largest offset into the padded image moves it up and left.
    np.testing.assert_array_equal(
        augmentation.translate(image, 1, seed=LARGEST), [[[6, 7, 8, 0], [10, 11, 12, 0], [0] * 4]]
    )


def test_a_quarter_turn():
    images = RNG.random((2, 3, 5, 5))
    turned = augmentation.rotate(images, 90, seed=LARGEST)
    np.testing.assert_allclose(turned, np.rot90(images, axes=(-2, -1)), atol=1e-12)


@pytest.mark.parametrize("degrees", [10, 33])
def test_rotation_interpolates_as_scipy_does(degrees):
    turned = augmentation.rotate(GREY, degrees, seed=LARGEST)
    for image, ours in zip(GREY, turned, strict=True):
        theirs = ndimage.rotate(image, degrees, order=1, reshape=False, mode="grid-constant")
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_scaling_by_two_keeps_the_centre():
    image = np.zeros((1, 5, 5))
    image[0, 2, 2], image[0, 2, 3] = 1.0, 0.5
    larger = augmentation.scale(image, 2, 2)
    np.testing.assert_allclose(larger[0, 2], [0, 0.5, 1, 0.75, 0.5])


def test_nothing_to_do_changes_nothing():
    np.testing.assert_allclose(augmentation.rotate(COLOUR, 0.0), COLOUR)
    np.testing.assert_allclose(augmentation.scale(COLOUR, 1.0, 1.0), COLOUR)
    np.testing.assert_array_equal(augmentation.translate(COLOUR, 0), COLOUR)
    np.testing.assert_array_equal(augmentation.noise(COLOUR, 0.0), COLOUR)


def test_noise():
    noisy = augmentation.noise(np.zeros((100, 20, 20)), 0.3, seed=0)
    np.testing.assert_allclose([noisy.mean(), noisy.std()], [0, 0.3], atol=0.01)


def test_cutout_blanks_a_square_that_may_reach_over_the_edge():
    blank = augmentation.cutout(np.zeros((300, 8, 9)), 3, fill=1.0, seed=0)
    sizes = blank.sum(axis=(1, 2))
    assert set(sizes) == {4, 6, 9}
    whole = blank[sizes == 9][0]
    rows, columns = np.nonzero(whole)
    assert np.ptp(rows) == np.ptp(columns) == 2


def test_integers_are_moved_but_not_computed_with():
    images = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
    for name in ("flip", "translate", "cutout"):
        assert AUGMENTATIONS[name](images, seed=0).dtype == np.uint8
    for name in ("rotate", "scale", "noise"):
        with pytest.raises(TypeError, match="their dtype is uint8; divide by 255"):
            AUGMENTATIONS[name](images)


def test_bad_input():
    with pytest.raises(ValueError, match=r"\(n, h, w\) or \(n, c, h, w\), but got shape \(5, 64\)"):
        augmentation.flip(np.zeros((5, 64)))
    with pytest.raises(ValueError, match="window of 9 × 9 cannot be cut out of images of 8 × 8"):
        augmentation.crop(np.zeros((1, 6, 6)), 9, padding=1)
    with pytest.raises(ValueError, match=r"0 < low ≤ high, but low=0 and high=1"):
        augmentation.scale(GREY, 0, 1)
