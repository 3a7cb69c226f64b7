"""The losses against PyTorch's, where its operator database does not look.

At kinks and bounds, at ±1000, on scalar nodes, with every option, and to the second derivative.
"""

import functools

import numpy as np
import pytest
import torch

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
SOFT = np.tile([0.0, 0.25, 0.5, 0.75, 1.0], (3, 1))
REDUCTIONS = ("mean", "sum", "none")


class TestRegressionLosses:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("mse_loss", {}), ("l1_loss", {}), ("huber_loss", {}), ("huber_loss", {"delta": 0.5}),
            ("smooth_l1_loss", {}), ("smooth_l1_loss", {"beta": 0.5}),
            ("smooth_l1_loss", {"beta": 0.0}),
        ],
    )  # fmt: skip
    def test_differences(self, name, options, reduction):
        # PyTorch has no second derivatives of some of them at the seams, nor by the target.
        agree(*both(name, reduction=reduction, **options), EDGES, SOFT, order=1)
        target = torch.from_numpy(SOFT)
        agree(
            lambda x: both(name, reduction=reduction, **options)[0](x, SOFT),
            lambda x: both(name, reduction=reduction, **options)[1](x, target),
            RNG.normal(size=SOFT.shape) * 2,
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
    def test_weights(self, name, reduction):
        weight = RNG.random(SOFT.shape)
        agree(
            lambda x, y: getattr(F, name)(x, y, reduction=reduction, weight=weight),
            lambda x, y: getattr(TF, name)(
                x, y, reduction=reduction, weight=torch.from_numpy(weight)
            ),
            EDGES,
            SOFT,
            order=1,
        )

    @pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
    @pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
    @pytest.mark.parametrize("log_target", [False, True])
    def test_kl_div(self, reduction, log_target):
        p = np.log(RNG.dirichlet(np.ones(5), size=3))
        q = RNG.dirichlet(np.ones(5), size=3)
        ours, theirs = both("kl_div", reduction=reduction, log_target=log_target)
        agree(ours, theirs, p, np.log(q) if log_target else q)
        if not log_target:
            agree(lambda x: ours(x, SOFT), lambda x: theirs(x, torch.from_numpy(SOFT)), p)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("log_input", [False, True])
    @pytest.mark.parametrize("full", [False, True])
    def test_poisson(self, reduction, log_input, full):
        counts = np.array([[0.0, 1.0, 2.0], [3.5, 1.5, 40.0]])
        x = RNG.normal(size=(2, 3)) if log_input else RNG.random((2, 3)) + 0.5
        options = {"log_input": log_input, "full": full, "reduction": reduction}
        ours, theirs = both("poisson_nll_loss", **options)
        agree(lambda x: ours(x, counts), lambda x: theirs(x, torch.from_numpy(counts)), x)
        # The derivative by a count of 0 is nan in PyTorch, by way of 0·log 0.
        agree(ours, theirs, x, counts + 0.25)

    @pytest.mark.parametrize("shape", [(3, 5), (3, 1), (3,)])
    @pytest.mark.parametrize("full", [False, True])
    def test_gaussian(self, shape, full):
        var = np.asarray(RNG.random(shape)) * 2e-6  # some below eps
        agree(*both("gaussian_nll_loss", full=full), RNG.normal(size=(3, 5)), SOFT, var, order=1)
        agree(*both("gaussian_nll_loss", full=full), RNG.normal(size=(3, 5)), SOFT, var + 0.5)


class TestBinaryLosses:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_probabilities(self, reduction):
        p = np.array([[0.0, 1e-300, 1.0, 0.5, 0.2], [0.5, 1 - 1e-16, 0.0, 1.0, 0.1]])
        weight = RNG.random((2, 5))
        target = torch.from_numpy(SOFT[:2])
        agree(
            lambda x: F.binary_cross_entropy(x, SOFT[:2], weight, reduction=reduction),
            lambda x: TF.binary_cross_entropy(
                x, target, torch.from_numpy(weight), reduction=reduction
            ),
            p,
            order=1,
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_logits(self, reduction):
        agree(*both("binary_cross_entropy_with_logits", reduction=reduction), EDGES, SOFT)

    @pytest.mark.parametrize("shape", [(5,), (3, 1), (3, 5)])
    def test_logits_with_weights(self, shape):
        weight, positive = RNG.random(shape), RNG.random(shape) * 3
        agree(
            lambda x, y: F.binary_cross_entropy_with_logits(x, y, weight, pos_weight=positive),
            lambda x, y: TF.binary_cross_entropy_with_logits(
                x, y, torch.from_numpy(weight), pos_weight=torch.from_numpy(positive)
            ),
            EDGES,
            SOFT,
        )


class TestClassLosses:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 3, 2), (2, 3, 2, 2)])
    @pytest.mark.parametrize("weight", [None, np.array([0.5, 0.0, 2.0])])
    @pytest.mark.parametrize("ignored", [-100, 1])
    def test_labels(self, reduction, shape, weight, ignored):
        x = RNG.normal(size=shape) * 5
        axis = 0 if len(shape) == 1 else 1
        labels = RNG.integers(0, 3, shape[:axis] + shape[axis + 1 :])
        if len(shape) == 1 and reduction == "mean":
            labels = np.array(2)  # to ignore all of them, or give them weight 0, is 0/0
        weights = None if weight is None else torch.from_numpy(weight)
        options = {"reduction": reduction, "ignore_index": ignored}
        for name, smoothings in (("nll_loss", [None]), ("cross_entropy", [0.0, 0.3])):
            for smoothing in smoothings:
                extra = {} if smoothing is None else {"label_smoothing": smoothing}
                agree(
                    lambda x, n=name, e=extra: getattr(F, n)(x, labels, weight, **options, **e),
                    lambda x, n=name, e=extra: getattr(TF, n)(
                        x, torch.tensor(labels), weights, **options, **e
                    ),
                    x,
                )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 3, 2)])
    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_probabilities(self, reduction, shape, smoothing):
        weight = RNG.random(3)
        options = {"reduction": reduction, "label_smoothing": smoothing}
        agree(
            lambda x, p: F.cross_entropy(x, p, weight, **options),
            lambda x, p: TF.cross_entropy(x, p, torch.from_numpy(weight), **options),
            RNG.normal(size=shape),
            RNG.random(shape),
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_logits_of_1000(self, reduction):
        agree(
            lambda x: F.cross_entropy(x, [0, 1, 2], reduction=reduction),
            lambda x: TF.cross_entropy(x, torch.arange(3), reduction=reduction),
            EDGES,
        )

    @pytest.mark.parametrize("bias", [False, True])
    def test_linear_cross_entropy(self, bias):
        x, w, b = RNG.normal(size=(4, 3)), RNG.normal(size=(5, 2, 3)), RNG.normal(size=(5, 2))
        labels = RNG.integers(0, 5, (4, 2))
        agree(
            lambda x, w, b: F.linear_cross_entropy(x, w, labels, linear_bias=b if bias else None),
            lambda x, w, b: TF.linear_cross_entropy(
                x, w, torch.tensor(labels), linear_bias=b if bias else None
            ),
            x,
            w,
            b,
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_ctc(self, reduction):
        x = RNG.normal(size=(7, 4, 5))
        labels = np.array([[1, 2, 3], [2, 2, -1], [4, 4, 4], [9, 9, 9]])
        lengths = [7, 5, 5, 6], [3, 2, 3, 0]
        used = np.array([1, 2, 3, 2, 2, 4, 4, 4])

        def ours(x):
            losses = [
                F.ctc_loss(F.log_softmax(x), y, *lengths, reduction=reduction)
                for y in (labels, used)
            ]
            np.testing.assert_array_equal(losses[0].data, losses[1].data)
            return losses[0]

        agree(
            ours,
            lambda x: TF.ctc_loss(
                TF.log_softmax(x, -1), torch.tensor(used), *lengths, reduction=reduction
            ),
            x,
            order=1,
        )

    def test_ctc_of_the_impossible(self):
        x = RNG.normal(size=(2, 2, 4))
        labels, lengths = np.array([[1, 1], [1, 2]]), ([2, 2], [2, 2])
        losses = F.ctc_loss(F.log_softmax(x), labels, *lengths, reduction="none")
        assert losses[0] == np.inf > losses[1]
        agree(
            lambda x: F.ctc_loss(F.log_softmax(x), labels, *lengths, zero_infinity=True),
            lambda x: TF.ctc_loss(
                TF.log_softmax(x, -1), torch.tensor(labels), *lengths, zero_infinity=True
            ),
            x,
            order=1,
        )


class TestMarginLosses:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize(
        ("name", "options"),
        [("hinge_embedding_loss", {}), ("hinge_embedding_loss", {"margin": 0.5}),
         ("soft_margin_loss", {})],
    )  # fmt: skip
    def test_signs(self, name, options, reduction):
        x = np.clip(EDGES, -600, 600)  # beyond, PyTorch's soft margin is infinite
        signs = RNG.choice([-1.0, 1.0], x.shape)
        ours, theirs = both(name, reduction=reduction, **options)
        agree(lambda x: ours(x, signs), lambda x: theirs(x, torch.from_numpy(signs)), x, order=1)
        x = RNG.normal(size=x.shape)
        agree(lambda x: ours(x, signs), lambda x: theirs(x, torch.from_numpy(signs)), x)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("margin", [0.0, 1.0])
    def test_ranking(self, reduction, margin):
        signs = np.tile([1.0, -1.0, 1.0, -1.0, 1.0], (3, 1))
        ours, theirs = both("margin_ranking_loss", reduction=reduction, margin=margin)
        agree(
            lambda x, y: ours(x, y, signs),
            lambda x, y: theirs(x, y, torch.from_numpy(signs)),
            SOFT,
            SOFT[:, ::-1].copy(),
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("p", [1, 2])
    @pytest.mark.parametrize("weight", [None, RNG.random(5)])
    def test_multi_margin(self, reduction, p, weight):
        weights = None if weight is None else torch.from_numpy(weight)
        for x, labels in ((SOFT, np.array([4, 0, 2])), (SOFT[0], np.array(3))):
            agree(
                lambda x, y=labels: F.multi_margin_loss(x, y, p, 0.5, weight, reduction=reduction),
                lambda x, y=labels: TF.multi_margin_loss(
                    x, torch.tensor(y), p, 0.5, weights, reduction=reduction
                ),
                x,
                order=1,  # PyTorch has no second derivative
            )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_multilabel(self, reduction):
        labels = np.array([[3, 0, -1, 1, 1], [-1, 0, 0, 0, 0], [1, 1, 4, 2, 0]])
        x = RNG.normal(size=(3, 5))
        ours, theirs = both("multilabel_margin_loss", reduction=reduction)
        for scores, y in ((x, labels), (x[0], labels[0])):
            agree(
                functools.partial(with_second, ours, y),
                functools.partial(with_second, theirs, torch.tensor(y)),
                scores,
                order=1,
            )
        agree(*both("multilabel_soft_margin_loss", reduction=reduction), EDGES, SOFT)
        weight = RNG.random(5)
        agree(
            lambda x: F.multilabel_soft_margin_loss(x, SOFT, weight, reduction=reduction),
            lambda x: TF.multilabel_soft_margin_loss(
                x, torch.from_numpy(SOFT), torch.from_numpy(weight), reduction=reduction
            ),
            EDGES,
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("margin", [0.0, 0.5])
    def test_cosine_embedding(self, reduction, margin):
        a, b = RNG.normal(size=(2, 4, 3))
        signs = np.array([1, -1, 1, -1])
        ours, theirs = both("cosine_embedding_loss", reduction=reduction, margin=margin)
        agree(lambda a, b: ours(a, b, signs), lambda a, b: theirs(a, b, torch.tensor(signs)), a, b)
        a[:2] = 0
        agree(
            lambda a, b: ours(a, b, signs),
            lambda a, b: theirs(a, b, torch.tensor(signs)),
            a,
            b,
            order=1,
        )

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("swap", [False, True])
    @pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
    def test_triplet(self, reduction, swap, p):
        xs = RNG.normal(size=(3, 4, 3))
        options = {"reduction": reduction, "swap": swap, "margin": 0.7}
        agree(*both("triplet_margin_loss", p=p, **options), *xs)
        if p == 1:
            agree(
                *(
                    lambda a, b, c, f=f: f(
                        a, b, c, distance_function=lambda x, y: ((x - y) ** 2).sum(-1), **options
                    )
                    for f in (
                        F.triplet_margin_with_distance_loss,
                        TF.triplet_margin_with_distance_loss,
                    )
                ),
                *xs,
                carriers=(Tensor,),
            )
