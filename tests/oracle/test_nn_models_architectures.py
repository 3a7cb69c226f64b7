"""Every architecture against the same one made of PyTorch's layers: outputs, gradients, a step."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import nn
from nn import models

pytestmark = pytest.mark.oracle

RNG = np.random.default_rng(0)


class Chain(torch.nn.Module):
    """Named modules, one after the other."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x):
        for part in self.children():
            x = part(x)
        return x


# --- images ---------------------------------------------------------------------------------------


def lenet():
    t = torch.nn
    return Chain(
        conv1=t.Conv2d(1, 6, 5, padding=2),
        tanh1=t.Tanh(),
        pool1=t.AvgPool2d(2),
        conv2=t.Conv2d(6, 16, 5),
        tanh2=t.Tanh(),
        pool2=t.AvgPool2d(2),
        flatten=t.Flatten(),
        fc1=t.Linear(400, 120),
        tanh3=t.Tanh(),
        fc2=t.Linear(120, 84),
        tanh4=t.Tanh(),
        fc3=t.Linear(84, 10),
    )


def alexnet():
    t = torch.nn
    convolutions = [(3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1)]
    convolutions += [(384, 256, 3, 1, 1), (256, 256, 3, 1, 1)]
    features = []
    for number, arguments in enumerate(convolutions):
        features += [t.Conv2d(*arguments), t.ReLU()]
        if number in (0, 1, 4):
            features.append(t.MaxPool2d(3, 2))
    classifier = [t.Dropout(0.0), t.Linear(9216, 4096), t.ReLU(), t.Dropout(0.0)]
    classifier += [t.Linear(4096, 4096), t.ReLU(), t.Linear(4096, 1000)]
    return Chain(
        features=t.Sequential(*features),
        avgpool=t.AdaptiveAvgPool2d((6, 6)),
        flatten=t.Flatten(),
        classifier=t.Sequential(*classifier),
    )


def vgg16():
    t = torch.nn
    features, channels = [], 3
    for width in [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]:
        if width:
            features += [t.Conv2d(channels, width, 3, padding=1), t.ReLU()]
            channels = width
        else:
            features.append(t.MaxPool2d(2, 2))
    classifier = [t.Linear(25088, 4096), t.ReLU(), t.Dropout(0.0), t.Linear(4096, 4096), t.ReLU()]
    classifier += [t.Dropout(0.0), t.Linear(4096, 1000)]
    return Chain(
        features=t.Sequential(*features),
        avgpool=t.AdaptiveAvgPool2d((7, 7)),
        flatten=t.Flatten(),
        classifier=t.Sequential(*classifier),
    )


class Block(torch.nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        t = torch.nn
        self.conv1 = t.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = t.BatchNorm2d(after)
        self.conv2 = t.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = t.BatchNorm2d(after)
        if stride > 1 or before != after:
            convolution = t.Conv2d(before, after, 1, stride, bias=False)
            self.downsample = t.Sequential(convolution, t.BatchNorm2d(after))
        else:
            self.downsample = t.Identity()

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.downsample(x))


def resnet(widths, blocks, classes, stem):
    t = torch.nn
    parts, channels = dict(stem), widths[0]
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True), start=1):
        layer = []
        for number in range(count):
            layer.append(Block(channels, width, 2 if stage > 1 and number == 0 else 1))
            channels = width
        parts[f"layer{stage}"] = t.Sequential(*layer)
    return Chain(
        **parts, avgpool=t.AdaptiveAvgPool2d(1), flatten=t.Flatten(), fc=t.Linear(channels, classes)
    )


def resnet18():
    t = torch.nn
    stem = {
        "conv1": t.Conv2d(3, 64, 7, 2, 3, bias=False),
        "bn1": t.BatchNorm2d(64),
        "relu": t.ReLU(),
        "maxpool": t.MaxPool2d(3, 2, 1),
    }
    return resnet((64, 128, 256, 512), (2, 2, 2, 2), 1000, stem)


def small_resnet():
    t = torch.nn
    stem = {
        "conv1": t.Conv2d(1, 16, 3, 1, 1, bias=False),
        "bn1": t.BatchNorm2d(16),
        "relu": t.ReLU(),
    }
    return resnet((16, 32, 64), (2, 2, 2), 10, stem)


# --- sequences ------------------------------------------------------------------------------------


class Recurrent(torch.nn.Module):
    """Language models and the tagger."""

    def __init__(self, kind, name, classes, **options):
        super().__init__()
        self.embedding = torch.nn.Embedding(7, 5)
        self.add_module(name, getattr(torch.nn, kind)(5, 6, 2, batch_first=True, **options))
        self.head = torch.nn.Linear(12 if options else 6, classes)
        self.name = name

    def forward(self, tokens):
        output, _ = getattr(self, self.name)(self.embedding(tokens))
        return self.head(output)


class Attentive(torch.nn.Module):
    """GPT and BERT."""

    def __init__(self, causal):
        super().__init__()
        t = torch.nn
        self.causal = causal
        self.embedding, self.positions = t.Embedding(7, 8), t.Embedding(9, 8)
        self.norm = t.LayerNorm(8)
        self.layers = t.ModuleList(
            t.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=causal)
            for _ in range(2)
        )
        if causal:
            self.head = t.Linear(8, 7)
        else:
            self.head = t.Sequential(t.Linear(8, 8), t.GELU(), t.LayerNorm(8), t.Linear(8, 7))

    def forward(self, tokens):
        length = tokens.shape[1]
        x = self.embedding(tokens) + self.positions.weight[:length]
        mask = torch.ones(length, length, dtype=torch.bool).triu(1) if self.causal else None
        if not self.causal:
            x = self.norm(x)
        for layer in self.layers:
            x = layer(x, src_mask=mask)
        return self.head(self.norm(x) if self.causal else x)


class Translating(torch.nn.Module):
    def __init__(self):
        super().__init__()
        t = torch.nn
        self.source_embedding, self.target_embedding = t.Embedding(7, 5), t.Embedding(6, 5)
        self.encoder = t.GRU(5, 4, batch_first=True)
        self.decoder = t.GRU(5, 4, batch_first=True)
        self.combine, self.head = t.Linear(8, 4), t.Linear(4, 6)

    def forward(self, source, target):
        memory, last = self.encoder(self.source_embedding(source))
        states, _ = self.decoder(self.target_embedding(target), last)
        weights = torch.softmax(torch.einsum("nlh,nsh->nls", states, memory), -1)
        seen = torch.einsum("nls,nsh->nlh", weights, memory)
        return self.head(torch.tanh(self.combine(torch.cat([seen, states], -1))))


# --- the comparison -------------------------------------------------------------------------------


def images(channels, size, classes, n=3):
    return (RNG.normal(size=(n, channels, size, size)),), RNG.integers(0, classes, n)


def tokens(classes):
    return (RNG.integers(0, 7, (3, 6)),), RNG.integers(0, classes, (3, 6))


def after_a_step(model, twin, inputs, targets):
    """Of both: outputs, loss, gradients and the state after a step of gradient descent."""
    twin = twin.to(torch.float64 if next(model.parameters()).dtype == np.float64 else torch.float32)
    twin.load_state_dict({k: torch.from_numpy(a) for k, a in model.state_dict().items()})
    dtype = next(twin.parameters()).dtype

    outputs = model(*inputs)
    rows = outputs.reshape(-1, outputs.shape[-1])
    loss = nn.functional.cross_entropy(rows, targets.reshape(-1))
    loss.backward()
    nn.optim.SGD(model.parameters(), lr=0.1).step()

    given = [
        torch.from_numpy(x).to(dtype) if x.dtype.kind == "f" else torch.from_numpy(x)
        for x in inputs
    ]
    expected = twin(*given)
    rows = expected.reshape(-1, expected.shape[-1])
    torch_loss = functional.cross_entropy(rows, torch.from_numpy(targets).reshape(-1))
    torch_loss.backward()
    torch.optim.SGD(twin.parameters(), lr=0.1).step()

    theirs = {"output": expected, "loss": torch_loss}
    theirs |= {f"gradient of {k}": p.grad for k, p in twin.named_parameters()}
    theirs |= twin.state_dict()
    ours = {"output": outputs.data, "loss": loss.data}
    ours |= {f"gradient of {k}": p.grad for k, p in model.named_parameters()}
    ours |= model.state_dict()
    return ours, {key: tensor.detach().numpy() for key, tensor in theirs.items()}


def assert_alike(ours, theirs, tolerance):
    """Each array within the tolerance times its largest number."""
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        largest = max(np.abs(expected).max(initial=0), 1e-3)
        assert np.abs(ours[key] - expected).max(initial=0) <= tolerance * largest, key


DOUBLE = {"dtype": np.float64, "seed": 0}
EXACT = {
    "LeNet5": lambda: (models.LeNet5(**DOUBLE), lenet(), *images(1, 28, 10)),
    "ResNet18": lambda: (models.ResNet18(**DOUBLE), resnet18(), *images(3, 40, 1000)),
    "SmallResNet": lambda: (models.SmallResNet(n=2, **DOUBLE), small_resnet(), *images(1, 14, 10)),
    **{
        kind: lambda kind=kind: (
            models.RecurrentLanguageModel(7, 5, 6, 2, kind, **DOUBLE),
            Recurrent(kind, "rnn", 7),
            *tokens(7),
        )
        for kind in ("RNN", "LSTM", "GRU")
    },
    "BiLSTMTagger": lambda: (
        models.BiLSTMTagger(7, 4, 5, 6, 2, **DOUBLE),
        Recurrent("LSTM", "lstm", 4, bidirectional=True),
        *tokens(4),
    ),
    "GPT": lambda: (models.GPT(7, 9, 8, 2, 2, **DOUBLE), Attentive(causal=True), *tokens(7)),
    "BERT": lambda: (models.BERT(7, 9, 8, 2, 2, **DOUBLE), Attentive(causal=False), *tokens(7)),
    "Translator": lambda: (
        models.Translator(7, 6, 5, 4, **DOUBLE),
        Translating(),
        (RNG.integers(0, 7, (3, 5)), RNG.integers(0, 6, (3, 4))),
        RNG.integers(0, 6, (3, 4)),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_in_double_precision(name):
    assert_alike(*after_a_step(*EXACT[name]()), tolerance=1e-10)


@pytest.mark.parametrize(
    ("make", "twin", "size", "published"),
    [
        (lambda: models.AlexNet(dropout=0.0, seed=0), alexnet, 64, 61_100_840),
        (lambda: models.VGG16(dropout=0.0, seed=0), vgg16, 32, 138_357_544),
    ],
    ids=["AlexNet", "VGG16"],
)
def test_the_large_ones_in_single_precision(make, twin, size, published):
    model = make()
    assert model.count_parameters() == published
    assert_alike(*after_a_step(model, twin(), *images(3, size, 1000, n=2)), tolerance=2e-4)
