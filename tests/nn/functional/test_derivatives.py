"""First and second derivatives against differences, on tensors and on scalar nodes."""

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name
from autograd import Tensor, ValueArray, grad, hvp
from nn.functional.arguments import like

RNG = np.random.default_rng(0)
#: Away from the kinks, which are at thirds of a whole number.
LATTICE = (RNG.permutation(48) / 6 - 3.9).reshape(2, 4, 3, 2)
SOFT = RNG.uniform(0.1, 0.9, (2, 4, 3, 2))
SIGNS = RNG.choice([-1.0, 1.0], (2, 4, 3, 2))
GRID = RNG.uniform(-0.9, 0.9, (2, 2, 2, 2))
WEIGHTS = RNG.normal(size=(3, 4, 4))
LABELS = np.array([3, 0])
MASK = np.array([[True, False, True], [False, False, False], [True, True, True]])


def rows(x):
    """The array of every case as records of four scores."""
    return x[:, :, 0, 0]


CASES = {
    "logsigmoid": F.logsigmoid,
    "tanhshrink": F.tanhshrink,
    "softsign": F.softsign,
    "celu": lambda x: F.celu(x, 0.7),
    "selu": F.selu,
    "softplus": lambda x: F.softplus(x, 2.0, 3.0),
    "mish": F.mish,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, "tanh"),
    "glu": lambda x: F.glu(x, 1),
    "softmin": lambda x: F.softmin(x, 1),
    "gumbel_softmax": lambda x: F.gumbel_softmax(x, 0.5, seed=0),
    "threshold": lambda x: F.threshold(x, 1.0, 0.3),
    "rrelu": F.rrelu,
    "rrelu_training": lambda x: F.rrelu(x, training=True, seed=0),
    "hardtanh": F.hardtanh,
    "relu6": F.relu6,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "bilinear": lambda x: F.bilinear(rows(x), rows(x), like(x, WEIGHTS)),
    "pairwise_distance": lambda x: F.pairwise_distance(x, like(x, SOFT), p=3.0),
    "pdist": lambda x: F.pdist(x.reshape(6, 8)),
    "normalize": lambda x: F.normalize(x, dim=1),
    "cosine_similarity": lambda x: F.cosine_similarity(x, like(x, SOFT)),
    "pad": lambda x: F.pad(x, (1, -1, 0, 2), value=0.5),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x, 2),
    "pixel_unshuffle": lambda x: F.pixel_unshuffle(x.reshape(1, 3, 4, 4), 2),
    "channel_shuffle": lambda x: F.channel_shuffle(x, 2),
    "unfold": lambda x: F.unfold(x, (2, 1), padding=1, stride=2),
    "fold": lambda x: F.fold(x.reshape(2, 4, 6), (3, 4), 2),
    "lp_pool": lambda x: F.lp_pool2d(x, 2.0, 2, stride=1),
    "max_unpool": lambda x: F.max_unpool2d(x[..., :1], np.array([[[0], [2], [2]]] * 4 + [
        [[1], [3], [4]]] * 4).reshape(2, 4, 3, 1), (1, 2), output_size=(3, 2)),
    "nearest": lambda x: F.interpolate(x, (2, 5)),
    "bilinear_resize": lambda x: F.interpolate(x, (5, 3), mode="bilinear"),
    "bicubic": lambda x: F.interpolate(x, scale_factor=1.5, mode="bicubic", align_corners=True),
    "antialias": lambda x: F.interpolate(x, (2, 1), mode="bilinear", antialias=True),
    "area": lambda x: F.interpolate(x, (2, 3), mode="area"),
    "grid_sample": lambda x: F.grid_sample(x, like(x, GRID), padding_mode="reflection"),
    "grid_of_grid_sample": lambda x: F.grid_sample(like(x, SOFT), np.tanh(x[:, :3, :2])),
    "affine_grid": lambda x: F.affine_grid(x.reshape(2, 24)[:, :6].reshape(2, 2, 3), (2, 1, 2, 3)),
    "local_response_norm": lambda x: F.local_response_norm(x, 3, alpha=0.5),
    "instance_norm": F.instance_norm,
    "attention": lambda x: F.scaled_dot_product_attention(x, like(x, SOFT), x, MASK),
    "embedding_bag": lambda x: F.embedding_bag(
        np.array([[0, 1], [1, 1]]), x.reshape(2, 24), mode="mean"),
    "embedding_bag_max": lambda x: F.embedding_bag(
        np.array([0, 1, 1]), x.reshape(2, 24), np.array([0, 2, 2]), mode="max"),
    "mse_loss": lambda x: F.mse_loss(x, SOFT, weight=SOFT),
    "l1_loss": lambda x: F.l1_loss(x, 0 * SOFT),
    "huber_loss": lambda x: F.huber_loss(x, 0 * SOFT),
    "smooth_l1_loss": lambda x: F.smooth_l1_loss(x, 0 * SOFT, beta=0.5),
    "kl_div": lambda x: F.kl_div(F.log_softmax(x), SOFT, reduction="batchmean"),
    "poisson_nll_loss": lambda x: F.poisson_nll_loss(x, 3 * SOFT, full=True),
    "gaussian_nll_loss": lambda x: F.gaussian_nll_loss(x, SOFT, np.square(x), full=True),
    "binary_cross_entropy_with_logits": lambda x: F.binary_cross_entropy_with_logits(
        x, SOFT, SOFT, pos_weight=SOFT),
    "nll_loss": lambda x: F.nll_loss(rows(x), LABELS, SOFT[0, :, 0, 0], ignore_index=0),
    "cross_entropy": lambda x: F.cross_entropy(
        rows(x), LABELS, SOFT[0, :, 0, 0], label_smoothing=0.2),
    "linear_cross_entropy": lambda x: F.linear_cross_entropy(
        rows(x), like(x, SOFT[..., 0, 0]), [1, 0]),
    "ctc_loss": lambda x: F.ctc_loss(
        F.log_softmax(np.transpose(x[:, :, :, 0], (1, 0, 2))), [[1, 2], [1, 1]], [4, 3], [2, 2]),
    "hinge_embedding_loss": lambda x: F.hinge_embedding_loss(x, SIGNS),
    "margin_ranking_loss": lambda x: F.margin_ranking_loss(x, 0 * SOFT, SIGNS, 0.5),
    "multi_margin_loss": lambda x: F.multi_margin_loss(rows(x), LABELS, p=2),
    "multilabel_margin_loss": lambda x: F.multilabel_margin_loss(
        rows(x), np.array([[1, 3, -1, 0], [2, -1, 0, 0]])),
    "multilabel_soft_margin_loss": lambda x: F.multilabel_soft_margin_loss(x, SOFT),
    "soft_margin_loss": lambda x: F.soft_margin_loss(x, SIGNS),
    "cosine_embedding_loss": lambda x: F.cosine_embedding_loss(
        rows(x), like(x, SOFT[..., 0, 0]), np.array([1, -1]), -0.9),
    "triplet_margin_loss": lambda x: F.triplet_margin_loss(
        rows(x), like(x, SOFT[..., 0, 0]), rows(x) * 2, margin=9.0, swap=True),
    "dropout2d": lambda x: F.dropout2d(x, 0.5, seed=0),
    "alpha_dropout": lambda x: F.alpha_dropout(x, 0.5, training=True, seed=0),
    "feature_alpha_dropout": lambda x: F.feature_alpha_dropout(x, 0.5, training=True, seed=0),
}  # fmt: skip


@pytest.mark.parametrize("f", CASES.values(), ids=CASES)
def test_first_and_second_derivatives(f):
    x, v = LATTICE, RNG.normal(size=LATTICE.shape)
    loss = lambda x: np.sum(np.tanh(0.2 * f(x)) ** 2)  # noqa: E731
    step = 1e-6
    along = (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    assert np.sum(grad(loss)(x) * v) == pytest.approx(along, rel=1e-6, abs=1e-8)
    bend = (grad(loss)(x + step * v) - grad(loss)(x - step * v)) / (2 * step)
    np.testing.assert_allclose(hvp(loss)(x, v), bend, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("f", CASES.values(), ids=CASES)
def test_scalar_nodes_give_the_same(f):
    tensor, values = Tensor(LATTICE), ValueArray(LATTICE)
    on_tensor, on_values = f(tensor), f(values)
    np.testing.assert_allclose(on_values.data, on_tensor.data, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(f(LATTICE), on_tensor.data, rtol=1e-12, atol=1e-12)
    np.sum(np.tanh(on_tensor)).backward()
    np.sum(np.tanh(on_values)).backward()
    np.testing.assert_allclose(values.grad, tensor.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", CASES.values(), ids=CASES)
def test_float32_stays_float32(f):
    x = Tensor(LATTICE.astype(np.float32))
    y = f(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, f(LATTICE), rtol=2e-4, atol=2e-5)
