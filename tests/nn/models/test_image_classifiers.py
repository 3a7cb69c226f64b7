"""LeNet-5, AlexNet and the residual networks: sizes as published, and small ones that learn."""

import numpy as np
import pytest

import nn
from nn import models


@pytest.fixture(scope="module")
def digits():
    """Digits of 8 × 8 pixels: training images, held-out images, and the labels of both."""
    images, labels = nn.data.load_digits()
    return nn.data.train_test_split(
        images.reshape(-1, 1, 8, 8), labels, test_size=400, stratify=labels, seed=0
    )


def held_out_accuracy(model, data, lr, epochs):
    x, x_held_out, y, y_held_out = data
    nn.fit(
        model,
        x,
        y,
        loss=nn.functional.cross_entropy,
        optimizer=nn.optim.Adam(model.parameters(), lr=lr),
        epochs=epochs,
        seed=0,
        progress=False,
    )
    return nn.accuracy(nn.predict(model, x_held_out), y_held_out)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        (models.LeNet5, 61_706),
        (models.AlexNet, 61_100_840),
        (models.ResNet18, 11_689_512),
        # He et al. count 0.27 million, without the 1 × 1 convolutions.
        (lambda seed: models.SmallResNet(10, 3, n=3, seed=seed), 272_474),
    ],
)
def test_as_many_parameters_as_published(model, published):
    assert model(seed=0).count_parameters() == published


@pytest.mark.parametrize("size", [32, 45, 64])
def test_a_residual_network_takes_images_of_any_size(size):
    model = models.ResNet18(7, seed=0)
    assert nn.predict(model, np.ones((2, 3, size, size))).shape == (2, 7)


def test_a_block_that_adds_nothing_is_a_relu():
    block = models.BasicBlock(3, 3, seed=0)
    nn.init.zeros_(block.bn2.weight)
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 5))
    np.testing.assert_array_equal(block(x).data, np.maximum(x, 0).astype(np.float32))


def test_stages_need_widths_and_numbers_of_blocks():
    with pytest.raises(ValueError, match="one width and one number of blocks for each stage"):
        models.ResNet((8, 16), (1,), 10)


def test_lenet_learns_digits(digits):
    x, x_held_out, y, y_held_out = digits
    # Each pixel becomes 3 × 3, with a margin of 2: digits as large as MNIST's.
    large = [
        np.pad(np.kron(images, np.ones((3, 3), np.float32)), [(0, 0), (0, 0), (2, 2), (2, 2)])
        for images in (x, x_held_out)
    ]
    model = models.LeNet5(seed=0)
    assert held_out_accuracy(model, (*large, y, y_held_out), lr=2e-3, epochs=3) > 0.9


def test_a_small_residual_network_learns_digits(digits):
    model = models.SmallResNet(widths=(8, 16, 32), seed=0)
    assert held_out_accuracy(model, digits, lr=1e-2, epochs=3) > 0.85
