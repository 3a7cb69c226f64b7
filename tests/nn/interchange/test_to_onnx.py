"""ONNX files: what ONNX Runtime makes of them is what the model makes of its inputs."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest

import nn
from nn import functional, layers
from tests.nn.layers.examples import EXAMPLES, HOLDERS, make

onnxruntime.set_default_logger_severity(4)

#: Relative to the largest number.
TOLERANCE = 1e-5

RNG = np.random.default_rng(0)


def flat(tree):
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, tuple | list):
        return [leaf for part in tree for leaf in flat(part)]
    return [] if tree is None else [np.asarray(getattr(tree, "_raw", tree))]


def mapped(function, tree):
    if isinstance(tree, tuple):
        return tuple(mapped(function, part) for part in tree)
    return function(np.asarray(tree))


def with_records(inputs, count, axis):
    """The inputs with other numbers, and with so many records."""

    def changed(array):
        if array.ndim > axis:
            array = np.take(array, np.arange(count) % array.shape[axis], axis=axis)
        other = array[::-1]
        return other * 0.9 if array.dtype.kind == "f" else other

    return mapped(changed, inputs)


def assert_same(model, path, inputs):
    """The file gives what the model gives, in shapes, dtypes and numbers."""
    session = onnxruntime.InferenceSession(path)
    names = [each.name for each in session.get_inputs()]
    kinds = [parameter.dtype for parameter in model.parameters()]
    inputs = mapped(lambda x: x.astype(kinds[0]) if x.dtype.kind == "f" and kinds else x, inputs)
    found = session.run(None, dict(zip(names, flat(inputs), strict=True)))
    expected = flat(model.eval()(*inputs))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        scale = max(1.0, np.abs(other).max(initial=0.0))
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE * scale)


def export(model, inputs, folder, counts=(1, 3), **options):
    """Export, and compare on the example and on other numbers of records."""
    path = folder / "model.onnx"
    nn.to_onnx(model, inputs, path, **options)
    axis = options.get("batch_axis", 0)
    assert_same(model, path, inputs)
    for count in counts if axis is not None else ():
        assert_same(model, path, with_records(inputs, count, axis))
    return onnx.load(path)


def operators(file):
    return [node.op_type for node in file.graph.node]


# --- layers ---------------------------------------------------------------------------------------

#: The layers whose examples have their records along the second axis.
SEQUENCES = {
    *("RNN", "GRU", "LSTM", "SinusoidalPositions", "MultiheadAttention", "Transformer"),
    *("TransformerEncoder", "TransformerDecoder"),
    *("TransformerEncoderLayer", "TransformerDecoderLayer"),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(set(layers.__all__) - HOLDERS))
def test_every_layer(name, dtype, tmp_path):
    layer = make(name, dtype=dtype)
    export(layer, EXAMPLES[name].inputs, tmp_path, batch_axis=1 if name in SEQUENCES else 0)


SIGNAL, IMAGE = RNG.normal(size=(2, 4, 7)), RNG.normal(size=(2, 4, 7, 6))
SEQUENCE = RNG.normal(size=(5, 2, 3))
STATE = RNG.normal(size=(2, 2, 4))


@pytest.mark.parametrize(
    ("layer", "inputs", "operator"),
    [
        (nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), groups=2), IMAGE, "Conv"),
        (nn.Conv1d(4, 2, 3, padding="same", bias=False), SIGNAL, "Conv"),
        (nn.Conv2d(4, 2, 4, padding="same"), IMAGE, "Conv"),
        (nn.Conv2d(4, 2, 3, padding="valid"), IMAGE, "Conv"),
        (nn.Conv2d(4, 2, 3, padding=1, padding_mode="reflect"), IMAGE, "Pad"),
        (nn.Conv2d(4, 2, 3, padding=1, padding_mode="circular"), IMAGE, "Pad"),
        (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, True, 2), IMAGE, "ConvTranspose"),
        (nn.MaxPool2d(3, 2, 1), IMAGE, "MaxPool"),
        (nn.MaxPool2d(2, 1, dilation=2), IMAGE, "MaxPool"),
        (nn.MaxPool2d(2, ceil_mode=True), IMAGE, "MaxPool"),
        (nn.MaxPool2d(3, 2, 1, return_indices=True), IMAGE, "MaxPool"),
        (nn.AvgPool2d(3, 2, 1), IMAGE, "AveragePool"),
        (nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE, "AveragePool"),
        (nn.AvgPool2d(3, 2, 1, ceil_mode=True), IMAGE, "AveragePool"),
        (nn.AvgPool2d(2, divisor_override=3), IMAGE, "AveragePool"),
        (nn.AdaptiveAvgPool2d(1), IMAGE, "GlobalAveragePool"),
        (nn.AdaptiveAvgPool2d((3, None)), IMAGE, "MatMul"),
        (nn.AdaptiveMaxPool2d((3, None)), IMAGE, "ReduceMax"),
        (nn.BatchNorm2d(4, affine=False), IMAGE, "BatchNormalization"),
        (nn.BatchNorm2d(4, track_running_stats=False), IMAGE, "ReduceMean"),
        (nn.InstanceNorm2d(4), IMAGE, "InstanceNormalization"),
        (nn.InstanceNorm2d(4, track_running_stats=True), IMAGE, "Div"),
        (nn.LayerNorm((7, 6), elementwise_affine=False), IMAGE, "LayerNormalization"),
        (nn.LayerNorm((7, 6), bias=False), IMAGE, "LayerNormalization"),
        (nn.PReLU(4, init=0.3), IMAGE, "PRelu"),
        (nn.Upsample(scale_factor=2, mode="bicubic", align_corners=True), IMAGE, "MatMul"),
        (nn.Linear(6, 2, bias=False), RNG.normal(size=(2, 6)), "Gemm"),
        (nn.Linear(6, 2), IMAGE, "MatMul"),
        (nn.EmbeddingBag(5, 2, mode="sum"), RNG.integers(0, 5, (2, 3)), "ReduceSum"),
        (nn.EmbeddingBag(5, 2, mode="max"), RNG.integers(0, 5, (2, 3)), "ReduceMax"),
    ],
)
def test_settings_of_layers(layer, inputs, operator, tmp_path):
    assert operator in operators(export(layer, (inputs,), tmp_path))


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [
        (nn.Conv2d(4, 2, 3), IMAGE[0]),
        (nn.ConvTranspose2d(4, 2, 3), IMAGE[0]),
        (nn.MaxPool2d(2), IMAGE[0]),
        (nn.AvgPool2d(2), IMAGE[0]),
        (nn.AdaptiveMaxPool2d(2), IMAGE[0]),
        (nn.InstanceNorm2d(4), IMAGE[0]),
        (nn.Linear(6, 2), IMAGE[0, 0, 0]),
        (nn.RNN(3, 4), SEQUENCE[:, 0]),
        (nn.GRU(3, 4, 2, bidirectional=True), SEQUENCE[:, 0]),
        (nn.LSTM(3, 4), SEQUENCE[:, 0]),
    ],
)
def test_single_records(layer, inputs, tmp_path):
    export(layer, (inputs,), tmp_path, batch_axis=None)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize(
    "options",
    [{}, {"bias": False}, {"batch_first": True}, {"num_layers": 2, "bidirectional": True}],
)
def test_recurrent_layers_are_operators(kind, options, tmp_path):
    layer = kind(3, 4, **options)
    axis = 0 if layer.batch_first else 1
    inputs = np.swapaxes(SEQUENCE, 0, 1) if layer.batch_first else SEQUENCE
    file = export(layer, (inputs,), tmp_path, batch_axis=axis)
    assert operators(file).count(kind.__name__) == layer.num_layers


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_first_states_are_inputs(kind, tmp_path):
    state = (STATE, STATE * 2) if kind is nn.LSTM else STATE
    file = export(kind(3, 4, 2), (SEQUENCE, state), tmp_path, batch_axis=1)
    names = [each.name for each in file.graph.input]
    assert names == (["input", "hx_0", "hx_1"] if kind is nn.LSTM else ["input", "hx"])


def test_what_onnx_lacks_goes_step_by_step(tmp_path):
    file = export(nn.LSTM(3, 4, proj_size=2), (SEQUENCE,), tmp_path, batch_axis=1)
    assert "LSTM" not in operators(file)
    relu = export(nn.RNN(3, 4, nonlinearity="relu"), (SEQUENCE,), tmp_path, batch_axis=1)
    assert operators(relu).count("RNN") == 1


# --- models ---------------------------------------------------------------------------------------


class Block(nn.Module):
    """A layer of a language model."""

    def __init__(self, features, dtype):
        self.norm1 = nn.LayerNorm(features, dtype=dtype)
        self.attention = nn.MultiheadAttention(features, 2, batch_first=True, dtype=dtype)
        self.norm2 = nn.LayerNorm(features, dtype=dtype)
        self.network = nn.Sequential(
            nn.Linear(features, 4 * features, dtype=dtype),
            nn.GELU(),
            nn.Linear(4 * features, features, dtype=dtype),
        )

    def forward(self, x):
        y = self.norm1(x)
        y, _ = self.attention(y, y, y, need_weights=False, is_causal=True)
        x = x + y
        return x + self.network(self.norm2(x))


class LanguageModel(nn.Module):
    """GPT, small: tied tables, learned positions, causal attention."""

    def __init__(self, dtype=np.float32):
        self.table = nn.Embedding(11, 8, dtype=dtype)
        self.positions = nn.Embedding(6, 8, dtype=dtype)
        self.blocks = nn.ModuleList([Block(8, dtype) for _ in range(2)])
        self.norm = nn.LayerNorm(8, dtype=dtype)
        self.head = nn.Linear(8, 11, bias=False, dtype=dtype)
        self.head.weight = self.table.weight

    def forward(self, tokens):
        x = self.table(tokens) + self.positions(np.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Tagger(nn.Module):
    """A recurrent network over tokens."""

    def __init__(self, kind, dtype):
        self.table = nn.Embedding(7, 3, dtype=dtype)
        self.network = kind(3, 4, batch_first=True, bidirectional=True, dtype=dtype)
        self.head = nn.Linear(8, 2, dtype=dtype)

    def forward(self, tokens):
        return self.head(self.network(self.table(tokens))[0])


def lenet(dtype):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2, dtype=dtype),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5, dtype=dtype),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4, 10, dtype=dtype),
        nn.Softmax(),
    )


def residual(dtype):
    def block(before, after, stride):
        return nn.Residual(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride, 1, bias=False, dtype=dtype),
                nn.BatchNorm2d(after, dtype=dtype),
                nn.ReLU(),
                nn.Conv2d(after, after, 3, padding=1, dtype=dtype),
            ),
            nn.Conv2d(before, after, 1, stride, dtype=dtype),
        )

    model = nn.Sequential(block(1, 4, 1), nn.ReLU(), nn.Dropout(), block(4, 8, 2))
    model = nn.Sequential(
        model, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3, dtype=dtype)
    )
    model(RNG.normal(size=(8, 1, 8, 8)).astype(dtype))  # moves the running numbers
    return model


TOKENS = RNG.integers(0, 7, (2, 6))
MODELS = {
    "MLP": (lambda dtype: nn.MLP((5, 8, 8, 3), nn.Tanh, dtype=dtype), RNG.normal(size=(2, 5))),
    "LeNet": (lenet, RNG.normal(size=(2, 1, 16, 16))),
    "residual": (residual, RNG.normal(size=(2, 1, 8, 8))),
    "RNN": (lambda dtype: Tagger(nn.RNN, dtype), TOKENS),
    "GRU": (lambda dtype: Tagger(nn.GRU, dtype), TOKENS),
    "LSTM": (lambda dtype: Tagger(nn.LSTM, dtype), TOKENS),
    "transformer": (
        lambda dtype: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, dtype=dtype), 2
        ),
        RNG.normal(size=(2, 5, 8)),
    ),
    "GPT": (LanguageModel, TOKENS),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", MODELS)
def test_models(name, dtype, tmp_path):
    build, inputs = MODELS[name]
    file = export(build(dtype), (inputs,), tmp_path, counts=(1, 3, 8))
    assert file.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    assert file.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "N"


def test_parameters_and_buffers_bear_their_keys(tmp_path):
    model = lenet(np.float32)
    file = export(model, (MODELS["LeNet"][1],), tmp_path)
    stored = {each.name: onnx.numpy_helper.to_array(each) for each in file.graph.initializer}
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(stored[key], array)
    assert operators(file).count("Conv") == 2
    assert file.graph.node[0].name == "0/Conv_0"


def test_what_is_shared_is_stored_once(tmp_path):
    file = export(LanguageModel(), (TOKENS,), tmp_path)
    names = [each.name for each in file.graph.initializer]
    assert "table.weight" in names
    assert "head.weight" not in names


def test_the_model_stays_as_it_is(tmp_path):
    model = residual(np.float32).train()
    model[0][2].eval()
    modes = [part.training for part in model.modules()]
    state, text = model.state_dict(), repr(model)
    nn.to_onnx(model, MODELS["residual"][1], tmp_path / "m.onnx")
    assert [part.training for part in model.modules()] == modes
    assert repr(model) == text
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[key])


# --- functions ------------------------------------------------------------------------------------


class Computing(nn.Module):
    """A model of one function."""

    def __init__(self, function):
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


POSITIVE = RNG.uniform(0.2, 0.8, (4, 6))
MASK = RNG.integers(0, 2, (4, 6)).astype(bool)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: -x + 2 * x - 3 / x,
        lambda x: 2**x + x**2 + x**0.5,
        lambda x: abs(x - 0.5) // 0.1 + (x - 0.5) % 0.3,
        lambda x: np.exp(x) + np.log(x) + np.sqrt(x) + np.square(x) + np.reciprocal(x),
        lambda x: np.exp2(x) + np.expm1(x) + np.log1p(x) + np.log2(x) + np.log10(x) + np.cbrt(x),
        lambda x: np.sin(x) + np.cos(x) + np.tan(x) + np.sinh(x) + np.cosh(x) + np.tanh(x),
        lambda x: np.arcsin(x) + np.arccos(x) + np.arctan(x) + np.arctanh(x) + np.arcsinh(x),
        lambda x: np.arccosh(x + 1),
        lambda x: np.sign(x - 0.5) + np.floor(3 * x) + np.ceil(3 * x) + np.rint(3 * x),
        lambda x: np.trunc(4 * x - 2),
        lambda x: np.maximum(x, 0.5) + np.minimum(x, x[0]) + np.clip(x, 0.3, None),
        lambda x: np.logaddexp(x, 2 * x),
        lambda x: np.where((x > 0.5) & ~(x >= 0.7) | (x < 0.3) ^ (x <= 0.4), x, -x),
        lambda x: np.where(np.logical_or(x == x[0], x != x[-1]), 1.0, x),
        lambda x: np.where(np.isnan(np.where(x > 0.5, x, np.nan)) | np.isinf(x), 0.0, x),
        lambda x: np.where((x > 0.5).any(axis=1, keepdims=True), x, 0.0),
        lambda x: np.where(np.all(x > 0.1, axis=0), x, 0.0),
        lambda x: np.sum(x) + x.mean(axis=0) + x.max(axis=0) + x.min(axis=0) + np.prod(x, axis=0),
        lambda x: x.var(axis=1, ddof=1) + x.std(axis=-1) + np.linalg.norm(x, axis=1),
        lambda x: np.linalg.norm(x, 3, axis=1),
        lambda x: x.argmax(axis=1),
        lambda x: np.argmin(x, axis=1),
        lambda x: np.cumsum(x, axis=1),
        lambda x: x.T @ x,
        lambda x: np.einsum("ni,nj->nij", x, x),
        lambda x: np.concatenate([x, 2 * x, np.ones((len(x), 1))], axis=1),
        lambda x: np.stack([x, x], axis=-1),
        lambda x: np.split(x, 3, axis=1),
        lambda x: np.flip(x, axis=1) + x[:, ::-1],
        lambda x: np.repeat(x, 2, axis=1),
        lambda x: np.tile(x, (1, 2)),
        lambda x: np.pad(x, [(0, 0), (1, 2)], constant_values=3.0),
        lambda x: np.expand_dims(x, 1) + x[:, None],
        lambda x: np.broadcast_to(x[:, None], (len(x), 3, 6)),
        lambda x: np.tril(x.T @ x) + np.triu(x.T @ x, 1),
        lambda x: x[:, 1:-1:2],
        lambda x: x[..., -1],
        lambda x: x[:, [2, 0, 2]],
        lambda x: x[:, np.array([True, False, True, True, False, False])],
        lambda x: x[np.arange(len(x))[:, None], np.argmax(x, axis=1)[:, None]],
        lambda x: np.take_along_axis(x, np.argmax(x, axis=1)[:, None], axis=1),
        lambda x: x.reshape(-1, 2, 3)[:, [0, 1], [2, 0]],
        lambda x: x.reshape(2, 3, -1)[[0, 1], [2, 0]],
        lambda x: (
            functional.log_softmax(x)
            + functional.hardtanh(x, 0.3, 0.6)
            + functional.gelu(x)
            + functional.gelu(x, "tanh")
        ),
        lambda x: (
            functional.normalize(x) + functional.elu(x - 0.5) + functional.leaky_relu(x - 0.5)
        ),
        lambda x: {"sum": x.sum(axis=1), "parts": (x, [x * 2])},
    ],
)
def test_functions(function, tmp_path):
    export(Computing(function), (POSITIVE,), tmp_path)


def test_functions_of_windows(tmp_path):
    kernel = RNG.normal(size=(2, 4, 3, 3))

    def forward(x):
        y = functional.relu(functional.conv2d(x, kernel, padding=1))
        y = functional.max_pool2d(y, 3, 2, 1, ceil_mode=True) + functional.avg_pool2d(
            y, 3, 2, 1, ceil_mode=True
        )
        y = functional.conv_transpose2d(y, kernel, stride=2)
        return functional.interpolate(y, scale_factor=2, mode="nearest"), functional.unfold(x, 2)

    export(Computing(forward), (IMAGE,), tmp_path)


def test_masks_are_inputs(tmp_path):
    export(Computing(lambda x, mask: np.where(x > 0.5, mask, ~mask)), (POSITIVE, MASK), tmp_path)
    export(Computing(lambda x, mask: np.where(mask, x, -2.0)), (POSITIVE, MASK), tmp_path)


def test_constants_that_are_the_same_for_every_record(tmp_path):
    def forward(x):
        return x + np.full_like(x, 2.0) + np.tile(np.arange(6.0), (len(x), 1)) + np.zeros(x.shape)

    export(Computing(forward), (POSITIVE,), tmp_path)


def test_an_output_that_is_an_input(tmp_path):
    file = export(Computing(lambda x: (x, x, 2 * x, np.ones(2))), (POSITIVE,), tmp_path)
    assert [each.name for each in file.graph.output] == [f"output_{i}" for i in range(4)]


# --- what does not go -----------------------------------------------------------------------------


def refused(model, inputs, folder, error=TypeError):
    path = folder / "model.onnx"
    path.write_bytes(b"old")
    with pytest.raises(error) as info:
        nn.to_onnx(model, inputs, path)
    assert path.read_bytes() == b"old"
    assert "\n" not in str(info.value)
    return str(info.value)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: x if x.sum() > 0 else -x, "decides by its numbers what to do"),
        (lambda x: x * float(x.max()), "turns it into a Python number"),
        (lambda x: x + np.asarray(x), "turns it into a plain array"),
        (lambda x: x[x > 0], "no translation for getitem in 'f'"),
        (lambda x: np.argsort(x), "calls np.argsort, which is not translated"),
        (lambda x: np.sort(x), "no translation for sort in 'f' with operands of shape (4, 6)"),
        (lambda x: x * x.numbers.max(), "multiply in 'f'"),
        (
            lambda x: x + 1 if x.numbers[0, 0] > x.numbers[-1, -1] else x * 2,
            "the operations themselves",
        ),
    ],
)
def test_what_depends_on_numbers_or_is_not_translated(function, why, tmp_path):
    model = nn.Sequential({"f": Computing(function)})
    inputs = np.sort(POSITIVE, axis=None).reshape(4, 6)
    assert why in refused(model, inputs, tmp_path)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: x + np.arange(len(x))[:, None] ** 2, "their number enters add in 'f'"),
        (lambda x: x.reshape(2, 2, -1), "with one record more the model says: "),
        (lambda x: np.concatenate([x, x[:1]]), "their number enters"),
        (lambda x: x.std(axis=0, ddof=1), "their number enters std in 'f' (a number that"),
        (lambda x: np.repeat(x, 2, axis=0), "their number enters repeat in 'f' (a number that"),
    ],
)
def test_a_number_of_records_that_is_fixed_is_said(function, why, tmp_path):
    model = nn.Sequential({"f": Computing(function)})
    with pytest.warns(UserWarning, match="only as many records as the example has") as info:
        export(model, (POSITIVE,), tmp_path, counts=())
    assert why in str(info[0].message)


@pytest.mark.parametrize(
    ("model", "inputs", "error", "why"),
    [
        (nn.Linear, POSITIVE, TypeError, "to_onnx writes an nn.Module, but type was given"),
        (nn.MLP((6, 2)).to_values(), POSITIVE, TypeError, "this one works on scalar nodes"),
        (nn.Bilinear(6, 6, 1), (POSITIVE, POSITIVE[:2]), ValueError, "the same number of records"),
        (nn.Linear(6, 2), 3.0, ValueError, "the same number of records along axis 0"),
        (nn.Linear(5, 2), POSITIVE, ValueError, "takes inputs of shape (…, 5)"),
    ],
)
def test_bad_arguments(model, inputs, error, why, tmp_path):
    assert why in refused(model, inputs, tmp_path, error)


def test_without_the_package_onnx(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    message = refused(nn.Linear(6, 2), POSITIVE, tmp_path, ImportError)
    assert "pip install 'glassgrad[export]'" in message
