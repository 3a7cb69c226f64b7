"""Bad input gets one sentence that names what was given."""

import numpy as np
import pytest

import nn.functional as F  # noqa: N812 - the usual name

ONE, ROWS, IMAGE = np.ones(3), np.ones((2, 3)), np.ones((1, 2, 4, 4))
LABELS = np.array([0, 2])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: F.celu(ONE, 0), ["celu", "alpha=0"]),
        (lambda: F.gelu(ONE, "fast"), ["'none'", "'tanh'", "'fast'"]),
        (lambda: F.glu(ONE), ["glu", "axis -1", "(3,)"]),
        (lambda: F.softshrink(ONE, -1), ["lambd=-1"]),
        (lambda: F.pad(ONE, (1, 2, 3)), ["pad", "(1, 2, 3)", "(3,)"]),
        (lambda: F.pad(ONE, (1, 1), "mirror"), ["replicate", "'mirror'"]),
        (lambda: F.pad(ONE, (1, 1), "reflect", 2.0), ["'reflect'", "value=2.0"]),
        (lambda: F.pixel_shuffle(IMAGE, 3), ["pixel_shuffle", "9", "(1, 2, 4, 4)"]),
        (lambda: F.pixel_shuffle(ONE, 3), ["pixel_shuffle", "(3,)"]),
        (lambda: F.pixel_unshuffle(IMAGE, 3), ["pixel_unshuffle", "3", "(1, 2, 4, 4)"]),
        (lambda: F.channel_shuffle(IMAGE, 3), ["2 channels", "3"]),
        (lambda: F.unfold(IMAGE, 5), ["(5, 5)", "(4, 4)"]),
        (lambda: F.unfold(ROWS, 5), ["unfold", "(2, 3)"]),
        (lambda: F.fold(np.ones((1, 8, 3)), 4, 2), ["9 columns", "4 elements", "(1, 8, 3)"]),
        (lambda: F.max_unpool2d(IMAGE, LABELS, 2), ["max_unpool2d", "(1, 2, 4, 4)", "(2,)"]),
        (
            lambda: F.max_unpool2d(IMAGE, np.full(IMAGE.shape, 99), 2),
            ["max_unpool2d", "0 … 63", "99"],
        ),
        (
            lambda: F.max_unpool2d(IMAGE, np.zeros(IMAGE.shape, int), 2, output_size=(9, 12)),
            ["(8, 8)", "(9, 12)"],
        ),
        (lambda: F.interpolate(IMAGE), ["size=None", "scale_factor=None"]),
        (lambda: F.interpolate(IMAGE, 3, mode="cubic"), ["bicubic", "'cubic'"]),
        (lambda: F.interpolate(IMAGE, 3, mode="linear"), ["'linear'", "1 spatial", "(1, 2, 4, 4)"]),
        (lambda: F.interpolate(IMAGE, (3, 3, 3)), ["2 axes", "(3, 3, 3)"]),
        (lambda: F.interpolate(IMAGE, 0), ["positive", "0"]),
        (lambda: F.interpolate(IMAGE, scale_factor=0.1), ["(4, 4)", "0.1", "(0, 0)"]),
        (lambda: F.interpolate(IMAGE, 3, align_corners=True), ["align_corners", "'nearest'"]),
        (lambda: F.interpolate(IMAGE, 3, antialias=True), ["antialias", "'nearest'"]),
        (
            lambda: F.interpolate(IMAGE, 3, recompute_scale_factor=True),
            ["recompute_scale_factor", "scale_factor"],
        ),
        (lambda: F.grid_sample(IMAGE, np.ones((1, 2, 2, 3))), ["(1, 2, 4, 4)", "(1, 2, 2, 3)"]),
        (lambda: F.grid_sample(IMAGE, np.ones((1, 2, 2, 2)), "linear"), ["'linear'", "bilinear"]),
        (lambda: F.grid_sample(IMAGE, np.ones((3, 2, 2, 2))), ["(1, 2, 4, 4)", "(3, 2, 2, 2)"]),
        (lambda: F.affine_grid(ROWS, (1, 1, 2, 2)), ["affine_grid", "(1, 1, 2, 2)", "(2, 3)"]),
        (lambda: F.batch_norm(ONE, None, None, training=True), ["batch_norm", "(3,)", "channels"]),
        (lambda: F.batch_norm(ONE[None], None, None, training=True), ["batch_norm", "(1, 3)"]),
        (lambda: F.batch_norm(ROWS, None, None), ["running_mean"]),
        (lambda: F.instance_norm(ROWS[..., None]), ["instance_norm", "(2, 3, 1)"]),
        (lambda: F.instance_norm(IMAGE, use_input_stats=False), ["instance_norm", "running_var"]),
        (lambda: F.local_response_norm(ROWS, 2), ["local_response_norm", "(2, 3)"]),
        (
            lambda: F.scaled_dot_product_attention(ROWS, np.ones((2, 4)), ROWS),
            ["(2, 3)", "(2, 4)"],
        ),
        (
            lambda: F.scaled_dot_product_attention(ROWS, ROWS, ROWS, ROWS, is_causal=True),
            ["attn_mask", "is_causal"],
        ),
        (lambda: F.one_hot(LABELS, 2), ["0 … 1", "0 to 2"]),
        (lambda: F.embedding_bag(LABELS, ROWS), ["(2,)", "offsets=None"]),
        (lambda: F.embedding_bag(LABELS, ROWS, LABELS, mode="min"), ["'max'", "'min'"]),
        (
            lambda: F.embedding_bag(LABELS, ROWS, LABELS, per_sample_weights=ONE),
            ["per_sample_weights", "'mean'"],
        ),
        (lambda: F.dropout2d(ONE), ["dropout2d", "(3,)"]),
        (lambda: F.dropout3d(IMAGE, 2.0), ["p=2.0"]),
        (lambda: F.feature_alpha_dropout(ONE, training=True), ["feature_alpha_dropout", "(3,)"]),
        (lambda: F.mse_loss(ONE, ONE, weight=ROWS), ["mse_loss", "(3,)", "(2, 3)"]),
        (lambda: F.huber_loss(ONE, ONE, delta=0), ["delta=0"]),
        (lambda: F.smooth_l1_loss(ONE, ONE, beta=-1), ["beta=-1"]),
        (lambda: F.kl_div(ONE, ONE, reduction="batch"), ["'none'", "'batch'"]),
        (lambda: F.gaussian_nll_loss(ONE, ONE, ROWS), ["(3,)", "(2, 3)"]),
        (lambda: F.gaussian_nll_loss(ONE, ROWS, 1.0), ["(3,)", "(2, 3)"]),
        (lambda: F.gaussian_nll_loss(ONE, ONE, -ONE), ["variance", "-1"]),
        (lambda: F.cross_entropy(ROWS, LABELS, label_smoothing=2), ["label_smoothing", "2"]),
        (lambda: F.cross_entropy(ROWS, LABELS, np.ones(2)), ["(2, 3)", "(3,)", "(2,)"]),
        (lambda: F.nll_loss(ROWS, [0, -100], ignore_index=5), ["0 to 2", "-100"]),
        (lambda: F.margin_ranking_loss(ONE, ROWS, ONE), ["(3,)", "(2, 3)"]),
        (lambda: F.multi_margin_loss(ROWS, LABELS, p=3), ["p=3"]),
        (lambda: F.multi_margin_loss(ROWS, [0]), ["multi_margin_loss", "(2, 3)", "(1,)"]),
        (lambda: F.multi_margin_loss(ROWS, [0, 3]), ["0 to 2", "3"]),
        (lambda: F.multilabel_margin_loss(ROWS, LABELS), ["(2, 3)", "(2,)"]),
        (lambda: F.multilabel_margin_loss(ONE, np.array([0, 5, -1])), ["0 to 2", "5"]),
        (lambda: F.cosine_embedding_loss(ROWS, ROWS, ONE), ["(2, 3)", "(3,)"]),
        (lambda: F.triplet_margin_loss(ROWS, ROWS, ROWS, margin=0), ["margin=0"]),
        (lambda: F.triplet_margin_loss(ROWS, ROWS, ONE), ["(2, 3)", "(3,)"]),
        (lambda: F.ctc_loss(np.ones((4, 2, 3)), [[1], [1]], [4], [1, 1]), ["2 sequences", "1"]),
        (lambda: F.ctc_loss(np.ones((4, 1, 3)), [[1]], [5], [1]), ["4 time steps", "[5]"]),
        (lambda: F.ctc_loss(np.ones((4, 1, 3)), [[0]], [4], [1]), ["blank 0", "0"]),
        (lambda: F.ctc_loss(np.ones((4, 2, 3)), [1, 2, 1], [4, 4], [1, 1]), ["3", "[1, 1]"]),
    ],
)
def test_bad_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as caught:
        wrong()
    for word in words:
        assert word in str(caught.value)
