"""Tests of receptive fields: against published ones, and against what really reaches an output."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor


def field(model, shape, path=""):
    layers = {layer.path: layer for layer in model.summary(shape).layers}
    return layers[path].receptive_field


LAYERS = st.one_of(
    st.tuples(st.just("conv"), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.sampled_from(["max", "avg"]), st.integers(1, 3), st.integers(1, 2), st.just(1)),
    st.just(("act", 1, 1, 1)),
)


def build(plan):
    made = {
        "conv": lambda k, s, d: nn.Conv1d(1, 1, k, stride=s, dilation=d, dtype=np.float64),
        "max": lambda k, s, d: nn.MaxPool1d(k, stride=s),
        "avg": lambda k, s, d: nn.AvgPool1d(k, stride=s),
        "act": lambda k, s, d: nn.Softplus(),
    }
    return nn.Sequential(*(made[kind](*sizes) for kind, *sizes in plan))


@settings(max_examples=40)
@given(st.lists(LAYERS, min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_it_is_the_stretch_from_which_the_gradient_comes(plan, seed):
    model = build(plan)
    length = 160
    computed = field(model, (1, 1, length)) or (1,)
    # Which elements matter is seen by changing them. Max pooling shows only one at a time, so
    # that the input is drawn anew until every element was the largest once.
    rng = np.random.default_rng(seed)
    for parameter in model.parameters():
        parameter.data = np.ones(parameter.shape)
    reached = np.zeros(length, bool)
    for _ in range(60):
        x = Tensor(rng.normal(size=(1, 1, length)))
        y = model(x)
        y[0, 0, y.shape[2] // 2].backward()
        reached |= x.grad[0, 0] != 0
    (places,) = np.nonzero(reached)
    assert places[-1] - places[0] + 1 <= computed[0]
    if not any(kind == "max" for kind, *_ in plan):
        assert places[-1] - places[0] + 1 == computed[0]


def vgg(counts):
    layers = []
    for count in counts:
        for _ in range(count):
            layers += [nn.Conv2d(1, 1, 3, padding=1), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def alexnet():
    return nn.Sequential(
        nn.Conv2d(1, 1, 11, stride=4, padding=2),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(1, 1, 5, padding=2),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(1, 1, 3, padding=1),
        nn.Conv2d(1, 1, 3, padding=1),
        nn.Conv2d(1, 1, 3, padding=1),
        nn.MaxPool2d(3, stride=2),
    )


class Block(nn.Module):
    """Of a residual network, with the shortcut computed last."""

    def __init__(self, stride):
        self.conv1 = nn.Conv2d(1, 1, 3, stride=stride, padding=1)
        self.norm = nn.BatchNorm2d(1)
        self.conv2 = nn.Conv2d(1, 1, 3, padding=1)
        self.shortcut = nn.Conv2d(1, 1, 1, stride=stride) if stride > 1 else None

    def forward(self, x):
        y = self.conv2(self.norm(self.conv1(x)).relu())
        return (y + (self.shortcut(x) if self.shortcut else x)).relu()


def resnet(*blocks):
    stages = [
        Block(2 if i == 0 and n else 1) for n, count in enumerate(blocks) for i in range(count)
    ]
    return nn.Sequential(
        nn.Conv2d(1, 1, 7, stride=2, padding=3), nn.MaxPool2d(3, stride=2, padding=1), *stages
    )


@pytest.mark.parametrize(
    ("model", "published"),
    [(vgg((2, 2, 3, 3, 3)), 212), (alexnet(), 195), (resnet(2, 2, 2, 2), 435)],
    ids=["VGG16", "AlexNet", "ResNet18"],
)
def test_published_ones(model, published):
    # Araujo, Norris and Sim 2019, https://distill.pub/2019/computing-receptive-fields, table 1,
    # for the first two; ResNet18's by the same formula along its longest way.
    assert field(model, (1, 1, 224, 224)) == (published, published)


def test_axes_may_differ():
    model = nn.Sequential(nn.Conv2d(1, 1, (3, 5)), nn.MaxPool2d((2, 1), stride=(2, 1)))
    assert field(model, (1, 1, 20, 20)) == (4, 5)
    assert field(nn.Conv3d(1, 1, (1, 2, 3)), (1, 1, 5, 5, 5)) == (1, 2, 3)


def test_padding_by_a_layer_is_padding():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReflectionPad2d(2), nn.Conv2d(1, 1, 5))
    assert field(model, (1, 1, 9, 9)) == (7, 7)


def test_branches_that_are_joined_have_the_larger_one():
    class Inception(nn.Module):
        def __init__(self):
            self.narrow = nn.Conv2d(1, 1, 1)
            self.wide = nn.Conv2d(1, 1, 5, padding=2)

        def forward(self, x):
            return np.concatenate([self.wide(x), self.narrow(x)], axis=1)

    model = nn.Sequential(Inception(), nn.Conv2d(2, 1, 3))
    assert field(model, (1, 1, 9, 9), "0.narrow") == (1, 1)
    assert field(model, (1, 1, 9, 9), "0") == (5, 5)
    assert field(model, (1, 1, 9, 9)) == (7, 7)


def test_places_beside_the_largest_elements_do_not_matter():
    class Pool(nn.Module):
        def __init__(self):
            self.pool = nn.MaxPool2d(2, return_indices=True)

        def forward(self, x):
            return self.pool(x)[0] * 2

    assert field(nn.Sequential(Pool(), nn.Conv2d(1, 1, 2)), (1, 1, 9, 9)) == (4, 4)


class SqueezeAndExcite(nn.Module):
    def forward(self, x):
        return x * x.mean(axis=(2, 3), keepdims=True)


class Functional(nn.Module):
    def forward(self, x):
        return nn.functional.max_pool2d(x, 2)


@pytest.mark.parametrize(
    "layer",
    [SqueezeAndExcite(), Functional(), nn.AdaptiveAvgPool2d(4), nn.GroupNorm(1, 1), nn.Flatten(2)],
    ids=lambda layer: type(layer).__name__,
)
def test_what_is_not_known_is_left_out_and_not_guessed(layer):
    model = nn.Sequential(nn.Conv2d(1, 1, 3), layer)
    assert field(model, (1, 1, 10, 10), "0") == (3, 3)
    assert field(model, (1, 1, 10, 10), "1") == ()


def test_a_long_chain_is_no_problem():
    class Chain(nn.Module):
        def forward(self, x):
            for _ in range(3000):
                x = x + 1
            return x

    assert field(nn.Sequential(nn.Conv1d(1, 1, 3), Chain()), (1, 1, 5), "1") == (3,)
