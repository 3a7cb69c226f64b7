"""Per-sample gradients against PyTorch's ``vmap(grad(loss))``, on networks in single precision."""

import numpy as np
import pytest
import torch
from torch.func import grad, vmap

from autograd import per_sample_grad
from nn import functional

pytestmark = pytest.mark.oracle

TF = torch.nn.functional
COUNT = 16


def agree(ours, theirs, parameters, x, y):
    """Compare the gradients of every sample; `theirs` is the loss of a single one."""
    found = per_sample_grad(ours)(parameters, x, y)
    tensors = {name: torch.from_numpy(array) for name, array in parameters.items()}
    expected = vmap(grad(theirs), (None, 0, 0))(tensors, torch.from_numpy(x), torch.from_numpy(y))
    assert found.keys() == expected.keys()
    for name, gradients in found.items():
        assert gradients.dtype == np.float32
        np.testing.assert_allclose(
            gradients, expected[name].numpy(), rtol=2e-4, atol=2e-6, err_msg=name
        )


def drawn(**shapes):
    """Parameters with entries of a size that keeps what flows near 1."""
    rng = np.random.default_rng(0)
    return {
        name: (rng.normal(size=shape) / np.prod(shape[1:]) ** 0.5).astype(np.float32)
        for name, shape in shapes.items()
    }


def batch(*sample, classes=10):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(COUNT, *sample)).astype(np.float32)
    return x, rng.integers(0, classes, COUNT)


def test_multilayer_perceptron():
    def ours(p, x, y):
        h = functional.relu(functional.linear(x, p["w1"], p["b1"]))
        return functional.cross_entropy(functional.linear(h, p["w2"], p["b2"]), y, reduction="none")

    def theirs(p, x, y):
        h = torch.relu(TF.linear(x, p["w1"], p["b1"]))
        return TF.cross_entropy(TF.linear(h, p["w2"], p["b2"]), y)

    agree(ours, theirs, drawn(w1=(32, 20), b1=(32,), w2=(10, 32), b2=(10,)), *batch(20))


def test_convolutional_network():
    def ours(p, x, y):
        h = functional.relu(functional.conv2d(x, p["c1"], p["d1"], padding=2))
        h = functional.max_pool2d(functional.group_norm(h, 2, p["g"], p["s"]), 2)
        h = functional.silu(functional.conv2d(h, p["c2"], p["d2"], stride=2, groups=2))
        h = functional.avg_pool2d(h, 2).reshape(len(x), -1)
        return functional.cross_entropy(functional.linear(h, p["w"], p["b"]), y, reduction="none")

    def theirs(p, x, y):
        h = torch.relu(TF.conv2d(x[None], p["c1"], p["d1"], padding=2))
        h = TF.max_pool2d(TF.group_norm(h, 2, p["g"], p["s"]), 2)
        h = TF.silu(TF.conv2d(h, p["c2"], p["d2"], stride=2, groups=2))
        h = TF.avg_pool2d(h, 2).reshape(-1)
        return TF.cross_entropy(TF.linear(h, p["w"], p["b"]), y)

    parameters = drawn(
        c1=(6, 3, 5, 5), d1=(6,), g=(6,), s=(6,), c2=(8, 3, 3, 3), d2=(8,), w=(10, 32), b=(10,)
    )
    agree(ours, theirs, parameters, *batch(3, 20, 20))


def test_attention_over_embedded_words():
    def ours(p, words, y):
        h = functional.embedding(words, p["table"]) + p["place"]
        q, k, v = h @ p["q"], h @ p["k"], h @ p["v"]
        h = h + functional.softmax(q @ np.swapaxes(k, 1, 2) / 8**0.5, -1) @ v
        h = functional.layer_norm(h, (8,), p["g"], p["s"])
        return functional.cross_entropy(np.mean(h, axis=1) @ p["table"].T, y, reduction="none")

    def theirs(p, words, y):
        h = TF.embedding(words, p["table"]) + p["place"]
        q, k, v = h @ p["q"], h @ p["k"], h @ p["v"]
        h = h + torch.softmax(q @ k.T / 8**0.5, -1) @ v
        h = TF.layer_norm(h, (8,), p["g"], p["s"])
        return TF.cross_entropy(h.mean(0) @ p["table"].T, y)

    shapes = {"table": (12, 8), "place": (5, 8), "g": (8,), "s": (8,)}
    square = dict.fromkeys("qkv", (8, 8))
    words = np.random.default_rng(2).integers(0, 12, (COUNT, 5))
    agree(ours, theirs, drawn(**shapes, **square), words, batch(classes=12)[1])
