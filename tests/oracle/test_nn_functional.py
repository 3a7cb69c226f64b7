"""The functions against PyTorch's, where its operator database does not look.

At kinks and bounds, at ±1000, on scalar nodes, with every option, and to the second derivative.
"""

import functools
import itertools

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

import nn.functional as F  # noqa: N812 - PyTorch's usual name for it
from autograd import Tensor
from tests.oracle.agreement import RNG, TF, agree, both, with_second

pytestmark = pytest.mark.oracle

EDGES = np.array(
    [
        [-1000.0, -20.0, -6.0, -3.0, -1.0],
        [-0.5, -1e-9, -0.0, 0.0, 1e-9],
        [0.5, 1.0, 3.0, 6.0, 1000.0],
    ]
)


class TestActivations:
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("sigmoid", {}), ("tanh", {}), ("relu", {}), ("leaky_relu", {}),
            ("leaky_relu", {"negative_slope": 0.2}), ("elu", {}), ("elu", {"alpha": 0.5}),
            ("celu", {}), ("celu", {"alpha": 0.5}), ("selu", {}), ("softplus", {}),
            ("softplus", {"beta": 0.5, "threshold": 0.25}), ("silu", {}), ("mish", {}),
            ("gelu", {}), ("gelu", {"approximate": "tanh"}), ("logsigmoid", {}), ("softsign", {}),
            ("tanhshrink", {}), ("hardtanh", {}), ("hardtanh", {"min_val": -0.5, "max_val": 3.0}),
            ("relu6", {}), ("hardswish", {}), ("hardshrink", {}),
            ("hardshrink", {"lambd": 1.0}), ("softshrink", {}), ("softshrink", {"lambd": 0.0}),
            ("threshold", {"threshold": 0.5, "value": 7.0}), ("rrelu", {}),
            ("softmax", {"dim": -1}), ("softmax", {"dim": 0}), ("softmin", {"dim": 0}),
            ("log_softmax", {"dim": -1}), ("log_softmax", {"dim": 0}),
        ],
    )  # fmt: skip
    def test_at_the_edges_and_elsewhere(self, name, options):
        agree(*both(name, **options), RNG.normal(size=(2, 3)))
        agree(*both(name, **options), EDGES, order=1)

    def test_hardsigmoid_whose_gradient_is_a_single_precision_sixth_in_pytorch(self):
        agree(*both("hardsigmoid"), EDGES, order=1, rtol=1e-7)

    def test_glu(self):
        agree(*both("glu"), RNG.normal(size=(3, 4)) * 100)
        agree(*both("glu", dim=0), RNG.normal(size=(4, 3)))

    @pytest.mark.parametrize("slopes", [[0.25], [0.1, 0.2, 0.3]])
    @pytest.mark.parametrize("x", [EDGES[:, :3], RNG.normal(size=(2, 3, 2))])
    def test_prelu(self, slopes, x):
        agree(F.prelu, TF.prelu, x, np.array(slopes), order=1)
        agree(F.prelu, TF.prelu, x + 0.25, np.array(slopes))


class TestSimilarity:
    @pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf])
    def test_distances(self, p):
        a, b = RNG.normal(size=(2, 3, 4))
        agree(*both("pairwise_distance", p=p), a, b)
        agree(*both("pairwise_distance", p=p, keepdim=True), a, b[0])
        agree(*both("normalize", p=p), a)
        agree(*both("pdist", p=p), a, order=1)

    def test_zero_vectors(self):
        zero = np.zeros((2, 3))
        agree(*both("normalize"), zero, order=1)
        agree(*both("cosine_similarity"), zero, RNG.normal(size=(2, 3)), order=1)

    @pytest.mark.parametrize("dim", [0, 1, -1])
    def test_cosine(self, dim):
        agree(*both("cosine_similarity", dim=dim), *RNG.normal(size=(2, 3, 4, 2)))


class TestWindows:
    @pytest.mark.parametrize("shape", [(2, 3, 6, 5), (3, 6, 5)])
    @pytest.mark.parametrize(
        "how",
        [{"kernel_size": 2}, {"kernel_size": (3, 2), "stride": 2, "padding": 1},
         {"kernel_size": 2, "dilation": (1, 2), "padding": (0, 1), "stride": (2, 1)}],
    )  # fmt: skip
    def test_unfold_and_fold(self, shape, how):
        x = RNG.normal(size=shape)
        agree(*both("unfold", **how), x, carriers=(Tensor,))
        columns = TF.unfold(torch.from_numpy(x), **how).numpy()
        agree(*both("fold", output_size=(6, 5), **how), columns, carriers=(Tensor,))

    @pytest.mark.parametrize("axes", [1, 2, 3])
    @pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf, -np.inf])
    @pytest.mark.parametrize("ceil_mode", [False, True])
    def test_lp_pool(self, axes, p, ceil_mode):
        x = RNG.normal(size=(1, 2, 6, 5, 5)[: axes + 2])
        if p in (1.0, 3.0):
            x = np.abs(x)
        options = {"kernel_size": 2, "stride": 3, "ceil_mode": ceil_mode, "norm_type": p}
        agree(*both(f"lp_pool{axes}d", **options), x, carriers=(Tensor,))

    @pytest.mark.parametrize("axes", [1, 2, 3])
    @pytest.mark.parametrize("how", [{"kernel_size": 2}, {"kernel_size": 3, "stride": 3}])
    @pytest.mark.parametrize("batch", [0, 1])
    def test_max_unpool(self, axes, how, batch):
        for size in (None, (7, 6, 7)[:axes]):
            extent = size or (6, 6, 6)[:axes]
            x = torch.from_numpy(RNG.normal(size=(2, 2)[1 - batch :] + extent))
            y, places = getattr(TF, f"max_pool{axes}d")(x, **how, return_indices=True)
            ours, theirs = both(f"max_unpool{axes}d", **how, output_size=size)
            agree(
                functools.partial(with_second, ours, places.numpy()),
                functools.partial(with_second, theirs, places),
                y.numpy(),
                carriers=(Tensor,),
            )

    @pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
    @pytest.mark.parametrize("widths", [(1, 2), (2, 1, 0, 2), (-1, 2, 1, -2)])
    def test_pad(self, mode, widths):
        if len(widths) == 2 or mode == "constant":
            x = RNG.normal(size=(2, 3, 4))
        else:
            x = RNG.normal(size=(1, 2, 4, 5))
        if mode == "constant":
            agree(*both("pad", pad=widths, value=1.5), x, order=1)
        agree(*both("pad", pad=widths, mode=mode), x, order=1)

    @pytest.mark.parametrize("shape", [(2, 8, 3, 2), (8, 3, 2), (2, 1, 4, 3, 2)])
    def test_pixels(self, shape):
        x = RNG.normal(size=shape)
        agree(*both("pixel_shuffle", upscale_factor=2), x, order=1)
        wide = np.repeat(x, 2, axis=-2)
        agree(*both("pixel_unshuffle", downscale_factor=2), wide, order=1)
        agree(*both("channel_shuffle", groups=shape[1] // min(shape[1], 2)), x, order=1)


class TestInterpolation:
    MODES = (
        ("nearest", 1), ("nearest", 2), ("nearest-exact", 3), ("linear", 1), ("bilinear", 2),
        ("bicubic", 2), ("trilinear", 3), ("area", 1), ("area", 2), ("area", 3),
    )  # fmt: skip

    @pytest.mark.parametrize(("mode", "axes"), MODES)
    @pytest.mark.parametrize(
        "how", [{"size": 7}, {"size": 3}, {"size": 1}, {"scale_factor": 1.7},
                {"scale_factor": 0.45, "recompute_scale_factor": True}],
    )  # fmt: skip
    def test_sizes(self, mode, axes, how):
        x = RNG.normal(size=(1, 2, 5, 4, 5)[: axes + 2])
        for corners in (None,) if mode in ("nearest", "nearest-exact", "area") else (False, True):
            ours, theirs = both("interpolate", mode=mode, align_corners=corners, **how)
            agree(ours, theirs, x, carriers=(Tensor,))

    @pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
    @pytest.mark.parametrize("corners", [False, True])
    @pytest.mark.parametrize("size", [(3, 2), (4, 13), (11, 5), (1, 1)])
    def test_antialias(self, mode, corners, size):
        how = {"size": size, "mode": mode, "align_corners": corners, "antialias": True}
        agree(*both("interpolate", **how), RNG.normal(size=(1, 2, 10, 7)), carriers=(Tensor,))

    @pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_nearest_of_every_pair_of_sizes(self, mode, dtype):
        for n, m in itertools.product(range(1, 40), range(1, 40)):
            x = np.arange(n, dtype=dtype).reshape(1, 1, n)
            np.testing.assert_array_equal(
                F.interpolate(x, m, mode=mode),
                TF.interpolate(torch.from_numpy(x), m, mode=mode).numpy(),
                err_msg=f"{n} to {m}",
            )
        for n, factor in itertools.product(range(1, 40), (0.3, 0.7, 1.1, 1.7, 2.3, 3.0)):
            if n * factor >= 1:
                x = np.arange(n, dtype=dtype).reshape(1, 1, n)
                np.testing.assert_array_equal(
                    F.interpolate(x, scale_factor=factor, mode=mode),
                    TF.interpolate(torch.from_numpy(x), scale_factor=factor, mode=mode).numpy(),
                    err_msg=f"{n} by {factor}",
                )

    def test_older_names(self):
        x = RNG.normal(size=(1, 2, 4, 3))
        for name, options in (
            ("upsample", {"scale_factor": 2, "mode": "bilinear", "align_corners": True}),
            ("upsample_nearest", {"scale_factor": 2}),
            ("upsample_bilinear", {"size": (5, 7)}),
        ):
            ours, theirs = both(name, **options)
            with pytest.warns(UserWarning, match="deprecated"):
                expected = theirs(torch.from_numpy(x)).numpy()
            np.testing.assert_allclose(ours(x), expected, rtol=1e-12)


class TestSampling:
    @pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
    @pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
    @pytest.mark.parametrize("align_corners", [False, True])
    def test_images(self, mode, padding_mode, align_corners):
        how = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        x, grid = RNG.normal(size=(2, 2, 4, 3)), RNG.uniform(-4, 4, (2, 3, 2, 2))
        agree(*both("grid_sample", **how), x, grid, order=1)
        if mode == "bilinear":
            agree(*both("grid_sample", **how), x, grid, carriers=(Tensor,))

    @pytest.mark.parametrize("mode", ["bilinear", "nearest"])
    @pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
    @pytest.mark.parametrize("align_corners", [False, True])
    def test_points_on_the_border_and_nowhere(self, mode, padding_mode, align_corners):
        how = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        along = np.array([-1e30, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
        grid = np.stack(np.meshgrid(along, along[2:]), axis=-1)[None]
        if padding_mode == "reflection":
            grid = grid[:, :, 1:]
        for shape in ((1, 1, 4, 3), (1, 1, 1, 1)):
            x = RNG.normal(size=shape)
            agree(*both("grid_sample", **how), x, grid, order=1, carriers=(Tensor,))

    @pytest.mark.parametrize("align_corners", [False, True])
    def test_volumes_and_grids(self, align_corners):
        theta = RNG.normal(size=(2, 3, 4))
        size = (2, 2, 3, 4, 2)
        ours, theirs = both("affine_grid", size=size, align_corners=align_corners)
        agree(ours, theirs, theta)
        ours, theirs = both("affine_grid", size=(2, 2, 3, 4), align_corners=align_corners)
        agree(ours, theirs, theta[:, :2, :3])
        grid = RNG.uniform(-1.5, 1.5, (2, 2, 2, 1, 3))
        x = RNG.normal(size=(2, 1, 3, 2, 3))
        agree(*both("grid_sample", align_corners=align_corners), x, grid, order=1)


class TestNormalisation:
    @pytest.mark.parametrize("shape", [(2, 6, 4), (1, 3, 2, 2)])
    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    def test_local_response(self, shape, size):
        agree(*both("local_response_norm", size=size, alpha=0.5, k=2.0), RNG.normal(size=shape))

    @pytest.mark.parametrize("use", [True, False])
    def test_instance_norm_with_running_numbers(self, use):
        x, w, b = RNG.normal(size=(3, 2, 5)), RNG.normal(size=2), RNG.normal(size=2)
        mean, var = RNG.normal(size=2), RNG.random(2) + 0.5
        theirs = torch.tensor(mean), torch.tensor(var)
        agree(
            lambda x, w, b: F.instance_norm(x, mean.copy(), var.copy(), w, b, use),
            lambda x, w, b: TF.instance_norm(x, *(t.clone() for t in theirs), w, b, use),
            x,
            w,
            b,
        )
        F.instance_norm(x, mean, var, use_input_stats=use, momentum=0.3)
        TF.instance_norm(torch.tensor(x), *theirs, use_input_stats=use, momentum=0.3)
        np.testing.assert_allclose(mean, theirs[0].numpy(), rtol=1e-12)
        np.testing.assert_allclose(var, theirs[1].numpy(), rtol=1e-12)


@pytest.fixture
def _plain_attention():
    """PyTorch's attention written out: its fused form has no second derivative."""
    with sdpa_kernel(SDPBackend.MATH):
        yield


@pytest.mark.usefixtures("_plain_attention")
class TestAttention:
    @pytest.mark.parametrize(
        "mask",
        [None, np.arange(12).reshape(3, 4) % 5 > 1, np.zeros((3, 4), dtype=bool),
         RNG.normal(size=(2, 3, 4)), np.where(np.arange(12).reshape(3, 4) < 4, -np.inf, 1.0)],
        ids=["none", "some", "nothing", "numbers", "infinite"],
    )  # fmt: skip
    def test_masks(self, mask):
        arrays = RNG.normal(size=(2, 3, 5)), RNG.normal(size=(2, 4, 5)), RNG.normal(size=(2, 4, 2))
        theirs = None if mask is None else torch.tensor(mask)
        agree(
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask),
            lambda q, k, v: TF.scaled_dot_product_attention(q, k, v, theirs),
            *arrays,
        )

    @pytest.mark.parametrize("options", [{"is_causal": True}, {"scale": 0.3}])
    def test_options(self, options):
        q, k, v = RNG.normal(size=(3, 2, 2, 4, 3)) * 30
        agree(*both("scaled_dot_product_attention", **options), q, k, v)

    def test_shared_heads(self):
        q, (k, v) = RNG.normal(size=(1, 4, 3, 2)), RNG.normal(size=(2, 1, 2, 5, 2))
        agree(*both("scaled_dot_product_attention", enable_gqa=True), q, k, v)


class TestLookup:
    @pytest.mark.parametrize("mode", ["mean", "sum", "max"])
    @pytest.mark.parametrize("padding_idx", [None, 2, -1])
    def test_bags(self, mode, padding_idx):
        table = RNG.normal(size=(6, 3))
        table[1] = table[4]  # a tie
        options = {"mode": mode, "padding_idx": padding_idx}
        for numbers, offsets in (
            (np.array([1, 4, 2, 5, 5, 0]), np.array([0, 2, 2, 5])),
            (np.array([[1, 4, 1], [2, 5, 2]]), None),
        ):
            starts = None if offsets is None else torch.tensor(offsets)
            agree(
                lambda w, n=numbers, o=offsets: F.embedding_bag(n, w, o, **options),
                lambda w, n=numbers, o=starts: TF.embedding_bag(torch.tensor(n), w, o, **options),
                table,
                order=1,
            )

    def test_weights_in_bags(self):
        numbers, offsets = np.array([1, 4, 2, 5]), np.array([0, 3, 4])
        agree(
            lambda w, s: F.embedding_bag(
                numbers, w, offsets, mode="sum", per_sample_weights=s, include_last_offset=True
            ),
            lambda w, s: TF.embedding_bag(
                torch.tensor(numbers), w, torch.tensor(offsets), mode="sum", per_sample_weights=s,
                include_last_offset=True,
            ),
            RNG.normal(size=(6, 3)),
            RNG.normal(size=4),
            order=1,
        )  # fmt: skip

    def test_one_hot(self):
        numbers = np.array([[0, 2], [1, 1]])
        for classes in (-1, 5):
            np.testing.assert_array_equal(
                F.one_hot(numbers, classes), TF.one_hot(torch.tensor(numbers), classes).numpy()
            )


def test_bilinear():
    agree(
        F.bilinear,
        TF.bilinear,
        RNG.normal(size=(2, 3)),
        RNG.normal(size=(2, 4)),
        RNG.normal(size=(5, 3, 4)),
        RNG.normal(size=5),
    )
