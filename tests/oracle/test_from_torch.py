"""A `Trace` of PyTorch's graph, against PyTorch itself and against our own engine."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn as tnn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

import autograd
import nn
import viz

pytestmark = pytest.mark.oracle


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


# --- models -----------------------------------------------------------------------------------


class Block(tnn.Module):
    """The basic block of a residual network."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = tnn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = tnn.BatchNorm2d(channels)
        self.conv2 = tnn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = tnn.BatchNorm2d(channels)
        self.relu = tnn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1:
            self.downsample = tnn.Sequential(
                tnn.Conv2d(channels_in, channels, 1, stride, bias=False), tnn.BatchNorm2d(channels)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet18(tnn.Module):
    """He et al., "Deep residual learning for image recognition", 2015, table 1."""

    def __init__(self):
        super().__init__()
        self.conv1 = tnn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = tnn.BatchNorm2d(64)
        self.relu = tnn.ReLU(inplace=True)
        self.maxpool = tnn.MaxPool2d(3, 2, 1)
        self.layer1 = tnn.Sequential(Block(64, 64, 1), Block(64, 64, 1))
        self.layer2 = tnn.Sequential(Block(64, 128, 2), Block(128, 128, 1))
        self.layer3 = tnn.Sequential(Block(128, 256, 2), Block(256, 256, 1))
        self.layer4 = tnn.Sequential(Block(256, 512, 2), Block(512, 512, 1))
        self.avgpool = tnn.AdaptiveAvgPool2d(1)
        self.fc = tnn.Linear(512, 10)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Tagger(tnn.Module):
    """Embedding, LSTM, and weights that are used twice."""

    def __init__(self):
        super().__init__()
        self.embedding = tnn.Embedding(7, 4, sparse=True)
        self.lstm = tnn.LSTM(4, 5, batch_first=True)
        self.twice = tnn.Linear(5, 5)

    def forward(self, words):
        states, (last, _) = self.lstm(self.embedding(words))
        return self.twice(torch.tanh(self.twice(states))).sum(1) + last[0]


def mlp():
    return tnn.Sequential(tnn.Linear(3, 4), tnn.ReLU(), tnn.Linear(4, 2))


def transformer():
    return tnn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)


LABELS = torch.tensor([0, 1, 1])
CASES = {
    "MLP": (mlp, lambda m: cross_entropy(m(torch.randn(3, 3)), LABELS)),
    "ResNet-18": (ResNet18, lambda m: cross_entropy(m(torch.randn(3, 3, 32, 32)), LABELS)),
    "LSTM": (Tagger, lambda m: cross_entropy(m(torch.randint(7, (3, 6))), LABELS)),
    "transformer": (transformer, lambda m: m(torch.randn(2, 3, 8)).square().mean()),
}


def step_of(trace, path):
    """The step of a parameter, by its dotted path."""
    scope, _, name = path.rpartition(".")
    (step,) = (s for s in trace if s.node.is_leaf and (s.node.scope, s.node.name) == (scope, name))
    return step


def step_made_by(trace, op):
    """The only step of an operation."""
    (step,) = (s for s in trace if s.node.op == op)
    return step


def dense(tensor):
    return tensor.detach().to_dense().numpy()


# --- against PyTorch --------------------------------------------------------------------------


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_gradients_of_parameters_are_those_of_pytorch(case, watched):
    build, compute = CASES[case]
    model = build()
    if watched:
        with viz.watch_torch(model):
            loss = compute(model)
    else:
        loss = compute(model)
    trace = viz.from_torch(loss, model)
    assert all(p.grad is None for p in model.parameters())
    loss.backward()
    leaves = [step for step in trace if step.node.is_leaf]
    assert len(leaves) == len(list(model.parameters()))
    for path, parameter in model.named_parameters():
        step = step_of(trace, path)
        np.testing.assert_array_equal(step.node.data, parameter.detach().numpy())
        np.testing.assert_allclose(step.gradient, dense(parameter.grad), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_a_gradient_is_the_sum_of_its_contributions(case):
    build, compute = CASES[case]
    model = build()
    trace = viz.from_torch(compute(model), model)
    sums = {trace.root: trace[trace.root].gradient}
    for flow in trace.flows:
        np.testing.assert_array_equal(flow.before, sums.get(flow.target, 0.0))
        sums[flow.target] = flow.before + flow.contribution
        np.testing.assert_array_equal(flow.after, sums[flow.target])
        assert flow.contribution.shape == trace[flow.target].gradient.shape
        assert flow.source.inputs[flow.slot] is flow.target
    for step in trace:
        scale = np.abs(step.gradient).max()
        np.testing.assert_allclose(sums[step.node], step.gradient, rtol=1e-4, atol=1e-6 * scale)
        assert step.node.data is None or step.node.data.shape == step.gradient.shape


@pytest.mark.parametrize("case", CASES)
def test_steps_come_after_all_that_use_them(case):
    build, compute = CASES[case]
    trace = viz.from_torch(compute(build()))
    place = {step.node: i for i, step in enumerate(trace)}
    assert all(place[flow.source] < place[flow.target] for flow in trace.flows)
    assert all(flow.source._serial > flow.target._serial for flow in trace.flows)


@pytest.mark.parametrize(
    "function",
    [
        torch.relu, torch.sigmoid, torch.tanh, torch.exp, torch.sqrt, torch.log, torch.abs,
        torch.reciprocal, tnn.functional.gelu, tnn.functional.silu, tnn.functional.softplus,
        tnn.functional.elu, tnn.functional.leaky_relu, tnn.functional.hardtanh,
        lambda x: x**3, lambda x: 2 * x, lambda x: x / x.flip(0), lambda x: 1 - x,
        lambda x: x + x[0], lambda x: torch.where(x > 1, x, 0.0), lambda x: torch.maximum(x, 1 / x),
    ],
)  # fmt: skip
def test_local_derivative_times_upstream_is_the_contribution(function):
    x = torch.rand(5, 2, dtype=torch.float64, requires_grad=True)
    trace = viz.from_torch(function(x * 2).sin().sum())
    flows = [f for f in trace.flows if f.local is not None and f.source.op not in ("sin", "sum")]
    assert len(flows) > 1
    for flow in flows:
        product = np.broadcast_to(flow.upstream * flow.local, flow.upstream.shape)
        if product.shape != flow.contribution.shape:  # broadcast
            product = product.sum(0)
        np.testing.assert_allclose(product, flow.contribution)


def test_a_gate_is_boolean_and_closed_where_relu_is():
    x = torch.tensor([-1.0, -2.0], requires_grad=True)
    (flow,) = step_made_by(viz.from_torch(torch.relu(x).sum()), "relu").flows
    assert flow.local.dtype == bool
    assert flow.closed
    assert not flow.nothing_arrived


# --- against our own engine -------------------------------------------------------------------


def test_the_same_mlp_has_the_same_flows_in_both_frameworks():
    ours = nn.MLP((3, 4, 4, 2), nn.Tanh, dtype=np.float64, seed=1)
    paths = ["fc1", "fc2", "fc3"]
    theirs = tnn.Sequential()
    for i, path in enumerate(paths):
        theirs.add_module(path, tnn.Linear((3, 4, 4)[i], (4, 4, 2)[i], dtype=torch.float64))
        if path != "fc3":
            theirs.add_module(f"act{i + 1}", tnn.Tanh())
    theirs.load_state_dict({k: torch.from_numpy(a) for k, a in ours.state_dict().items()})
    x, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    trace = nn.CrossEntropyLoss()(ours(x), y).trace()
    with viz.watch_torch(theirs):
        loss = cross_entropy(theirs(torch.from_numpy(x)), torch.from_numpy(y))
    twin = viz.from_torch(loss, theirs)

    np.testing.assert_allclose(twin.root.data, trace.root.data)
    expected = flows_in_modules(trace)
    found = flows_in_modules(twin)
    assert found.keys() == expected.keys()
    assert len(found) == 3 * 5 + 2 - 1  # five in a layer, one to the input; two activations
    for key, flow in found.items():
        own = expected[key]
        np.testing.assert_allclose(flow.upstream, own.upstream, atol=1e-15)
        np.testing.assert_allclose(flow.contribution, own.contribution, atol=1e-15)
        np.testing.assert_allclose(flow.source.data, own.source.data)
        np.testing.assert_allclose(flow.target.data, own.target.data)
        assert (flow.local is None) == (own.local is None)
        if flow.local is not None:
            np.testing.assert_allclose(flow.local, own.local)
        assert flow.multiplicity == pytest.approx(own.multiplicity)
        assert flow.gain == pytest.approx(own.gain)


def flows_in_modules(trace):
    """The flows from nodes that were made in a module."""
    return {
        (flow.source.scope, flow.source.op, flow.slot, flow.target.op, flow.target.name): flow
        for flow in trace.flows
        if flow.source.scope
    }


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (torch.mean, np.mean),
        (lambda x: (x + x[0]).sum(), lambda x: np.sum(x + x[0])),
        (lambda x: (x * x[:, :1]).sum(), lambda x: np.sum(x * x[:, :1])),
        (lambda x: (x.T @ x).tanh().sum(), lambda x: np.sum(np.tanh(x.T @ x))),
        (lambda x: (x @ x[0]).tanh().sum(), lambda x: np.sum(np.tanh(x @ x[0]))),
        (
            lambda x: x[0].expand(5, 4).exp().sum(),
            lambda x: np.sum(np.exp(np.broadcast_to(x[0], (5, 4)))),
        ),
    ],
)
def test_gains_are_corrected_for_size_as_in_our_engine(theirs, ours):
    data = np.random.default_rng(0).normal(size=(3, 4))
    tensor = torch.tensor(data, requires_grad=True)
    twin = viz.from_torch(theirs(tensor))
    trace = ours(autograd.Tensor(data)).trace()
    gains = sorted(flow.gain for flow in twin.flows)
    assert gains == pytest.approx(sorted(flow.gain for flow in trace.flows))


def test_a_mean_over_records_and_a_bias_pass_what_one_record_would():
    bias = torch.zeros(8, requires_grad=True)
    image = torch.randn(2, 3, 5, 5)
    made = tnn.functional.conv2d(image, torch.randn(8, 3, 3, 3, requires_grad=True), bias)
    trace = viz.from_torch(tnn.functional.mse_loss(made, torch.zeros_like(made), reduction="mean"))
    positions = 2 * 3 * 3
    (to_weights,) = step_made_by(trace, "correlate").flows
    to_product, to_bias = step_made_by(trace, "add").flows
    assert to_weights.multiplicity == pytest.approx(positions**0.5)
    assert to_bias.multiplicity == pytest.approx(positions**0.5)
    assert to_product.multiplicity == 1
    assert trace[trace.root].flows[0].multiplicity == 1 / made.numel()


# --- scopes and values ------------------------------------------------------------------------


def scopes(trace):
    return {(s.node.op, s.node.scope) for s in trace if s.node.op}


def test_scopes_are_exact_where_the_model_was_watched():
    model = ResNet18()
    with viz.watch_torch(model):
        loss = CASES["ResNet-18"][1](model)
    made = scopes(viz.from_torch(loss, model))
    kinds = {tnn.Conv2d: "correlate", tnn.BatchNorm2d: "batch_norm", tnn.ReLU: "relu"}
    expected = {
        (kinds[type(module)], path)
        for path, module in model.named_modules()
        if type(module) in kinds
    }
    expected |= {("add", f"layer{k}.{i}") for k in (1, 2, 3, 4) for i in (0, 1)}
    expected |= {("max_pool2d", "maxpool"), ("mean", "avgpool"), ("reshape", "")}
    expected |= {(op, "fc") for op in ("transpose", "matmul", "add")}
    expected |= {("log_softmax", ""), ("nll_loss", "")}
    assert made == expected


def test_scopes_follow_from_the_parameters_where_it_was_not():
    model = ResNet18()
    made = scopes(viz.from_torch(CASES["ResNet-18"][1](model), model))
    blocks = {f"layer{k}.{i}" for k in (1, 2, 3, 4) for i in (0, 1)}
    convolutions = {p for p, m in model.named_modules() if isinstance(m, tnn.Conv2d)}
    assert {scope for op, scope in made if op == "correlate"} == convolutions
    assert {scope for op, scope in made if op == "add"} == blocks | {"fc"}
    assert {scope for op, scope in made if op == "relu"} == blocks | {""}
    assert {scope for op, scope in made if op == "matmul"} == {"fc"}


def test_a_module_that_is_named_by_its_place_is_titled_by_its_class_too():
    model = mlp()
    picture = viz.graph(viz.from_torch(model(torch.ones(2, 3)).sum(), model), depth=0)
    assert all(title in picture.svg for title in ("0 (Linear)</text>", "2 (Linear)</text>"))


def test_without_a_model_there_are_neither_names_nor_scopes():
    trace = viz.from_torch(CASES["MLP"][1](mlp()))
    assert {(step.node.name, step.node.scope) for step in trace} == {("", "")}


def test_values_are_known_where_pytorch_saved_them_and_else_none():
    x = torch.rand(3, requires_grad=True)
    squares, roots = x * x, torch.sqrt(x)
    trace = viz.from_torch(torch.sin(squares + roots).sum())
    assert step_made_by(trace, "multiply").node.data is None
    np.testing.assert_array_equal(step_made_by(trace, "sqrt").node.data, roots.detach())
    np.testing.assert_array_equal(step_made_by(trace, "add").node.data, (squares + roots).detach())
    assert step_made_by(trace, "sin").node.data is None


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda bias: tnn.Linear(4, 2, bias), (3, 4)),
        (lambda bias: tnn.Linear(4, 2, bias), (2, 3, 4)),
        (lambda bias: tnn.Conv1d(4, 2, 3, 2, 1, bias=bias), (3, 4, 7)),
        (lambda bias: tnn.Conv2d(4, 2, 3, 1, 2, 2, groups=2, bias=bias), (3, 4, 7, 7)),
        (lambda bias: tnn.ConvTranspose2d(4, 2, 3, 2, 1, 1, bias=bias), (3, 4, 5, 5)),
    ],
)  # fmt: skip
def test_what_a_layer_made_is_computed_again(layer, shape, bias):
    layer, x = layer(bias), torch.randn(shape)
    out = layer(x)
    trace = viz.from_torch(torch.relu(out).sum(), layer)
    made = step_made_by(trace, "relu").node.inputs[0]
    np.testing.assert_allclose(made.data, out.detach(), rtol=1e-5, atol=1e-6)
    (product,) = (s.node for s in trace if s.node.op in ("matmul", "correlate", "correlate_input"))
    assert any(np.array_equal(x.numpy().ravel(), n.data.ravel()) for n in product.inputs)
    if bias:
        layer.bias = None
    np.testing.assert_allclose(product.data.ravel(), dense(layer(x)).ravel(), rtol=1e-5, atol=1e-6)


def test_frozen_weights_and_a_frozen_bias_are_constants():
    layer = tnn.Linear(3, 2)
    layer.bias.requires_grad_(False)
    trace = viz.from_torch(layer(torch.randn(4, 3)).tanh().sum(), layer)
    product, bias = step_made_by(trace, "add").node.inputs
    assert product.op == "matmul"
    assert not bias.requires_grad
    assert [flow.slot for flow in step_made_by(trace, "add").flows] == [0]
    layer.bias.requires_grad_(True)
    layer.weight.requires_grad_(False)
    trace = viz.from_torch(layer(torch.randn(4, 3)).tanh().sum(), layer)
    assert "matmul" not in {step.node.op for step in trace}


def test_values_are_known_where_the_model_was_watched_even_if_overwritten():
    model = tnn.Sequential(tnn.Linear(3, 4), tnn.ReLU(inplace=True), tnn.Linear(4, 2))
    x = torch.randn(3, 3)
    with viz.watch_torch(model):
        loss = cross_entropy(model(x), LABELS)
    trace = viz.from_torch(loss, model)
    assert all(step.node.data is not None for step in trace)
    sums = step_made_by(trace, "relu").node.inputs[0]
    np.testing.assert_array_equal(sums.data, model[0](x).detach().numpy())
    assert sums.data.min() < 0


def test_watching_ends_with_the_block_also_after_an_error():
    model = mlp()
    with pytest.raises(RuntimeError), viz.watch_torch(model):
        model(torch.randn(3, 5))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    trace = viz.from_torch(cross_entropy(model(torch.randn(3, 3)), LABELS))
    assert {step.node.scope for step in trace} == {""}


def test_data_of_a_leaf_stays_what_it_was():
    w = torch.ones(3, requires_grad=True)
    trace = viz.from_torch((w * w).sum())
    with torch.no_grad():
        w -= 1
    (leaf,) = (step for step in trace if step.node.is_leaf)
    np.testing.assert_array_equal(leaf.node.data, np.ones(3))


# --- shapes of graphs -------------------------------------------------------------------------


def test_an_operand_used_twice_has_two_edges():
    x = torch.tensor(3.0, requires_grad=True)
    trace = viz.from_torch(x * x)
    assert [(f.slot, f.contribution, f.before, f.after) for f in trace.flows] == [
        (0, 3.0, 0.0, 3.0),
        (1, 3.0, 3.0, 6.0),
    ]


def test_a_function_with_several_outputs_is_one_node_with_parts():
    x = torch.arange(6.0).reshape(3, 2).requires_grad_()
    a, _, c = torch.unbind(x * 1)
    trace = viz.from_torch((a * c).sum())
    whole = step_made_by(trace, "unbind")
    np.testing.assert_array_equal(whole.gradient, [4, 5, 0, 1])
    np.testing.assert_array_equal(whole.node.data, [0, 1, 4, 5])
    parts = [s for s in trace if s.node.op == "getitem"]
    assert sorted(s.node.params["index"] for s in parts) == [0, 2]
    for part in parts:
        assert part.flows[0].target is whole.node
        assert part.flows[0].gain == pytest.approx(1.0)
    np.testing.assert_array_equal(whole.flows[0].contribution, [[4, 5], [0, 0], [0, 1]])


def test_one_of_several_outputs_may_be_the_root():
    x = torch.randn(3, 2, requires_grad=True)
    trace = viz.from_torch(torch.unbind(x * 2)[1], gradient=[1.0, 10.0])
    assert trace.root.op == "unbind"
    (leaf,) = (step for step in trace if step.node.is_leaf)
    np.testing.assert_array_equal(leaf.gradient, [[0, 0], [2, 20], [0, 0]])


def test_writing_into_a_view_is_followed():
    x = torch.randn(4, requires_grad=True)
    y = x * 1
    y[0] = 2 * x[1]
    loss = (y**2).sum()
    trace = viz.from_torch(loss)
    assert step_made_by(trace, "CopySlices")
    (expected,) = torch.autograd.grad(loss, x)
    (leaf,) = (step for step in trace if step.node.is_leaf)
    np.testing.assert_allclose(leaf.gradient, expected)


class Square(torch.autograd.Function):
    """A derivative of the user's own; the second operand gets none."""

    @staticmethod
    def forward(ctx, x, unused):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 2 * x * gradient, None


def test_a_function_of_the_users_own_and_none_for_a_gradient_is_zero():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.ones(3, requires_grad=True)
    doubled = x * 2
    trace = viz.from_torch(Square.apply(doubled, unused.exp()).sum())
    step = step_made_by(trace, "Square")
    np.testing.assert_array_equal(step.flows[0].contribution, [4, 8])
    np.testing.assert_array_equal(step.flows[0].target.data, doubled.detach())
    assert step.flows[1].closed
    np.testing.assert_array_equal(step_made_by(trace, "exp").gradient, np.zeros(3))


def test_a_function_of_the_users_own_gets_the_scope_of_its_module():
    class Squares(tnn.Module):
        def forward(self, x):
            return Square.apply(x, None)

    model = tnn.Sequential(tnn.Linear(3, 2), Squares(), tnn.Linear(2, 2))
    with viz.watch_torch(model):
        loss = model(torch.randn(4, 3)).sum()
    assert step_made_by(viz.from_torch(loss, model), "Square").node.scope == "1"


def test_what_needs_no_gradient_is_a_constant_known_if_saved():
    w = torch.randn(3, requires_grad=True)
    constant, variable = viz.from_torch(torch.dot(torch.ones(3), w)).root.inputs
    assert constant.is_leaf
    assert not constant.requires_grad
    np.testing.assert_array_equal(constant.data, np.ones(3))
    assert variable.requires_grad
    constant, _ = viz.from_torch(torch.add(torch.ones(3), w)[0]).root.inputs[0].inputs
    assert constant.data is None


def test_a_checkpoint_is_run_again_once():
    runs = []
    layer = tnn.Linear(3, 3)

    def block(x):
        runs.append(1)
        return torch.tanh(layer(x))

    loss = checkpoint(block, torch.randn(2, 3), use_reentrant=False).sum()
    trace = viz.from_torch(loss, layer)
    assert len(runs) == 2
    assert step_made_by(trace, "tanh").node.data is None
    loss.backward()
    np.testing.assert_array_equal(step_of(trace, "weight").gradient, layer.weight.grad)


def test_a_compiled_model_is_one_function():
    model = tnn.Linear(3, 2)
    loss = torch.compile(model, backend="aot_eager")(torch.randn(4, 3)).sum()
    trace = viz.from_torch(loss, model)
    assert step_made_by(trace, "CompiledFunction")
    loss.backward()
    np.testing.assert_array_equal(step_of(trace, "weight").gradient, model.weight.grad)


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    x = torch.tensor([1.5, -2.0], dtype=dtype, requires_grad=True)
    trace = viz.from_torch((x * x).sum())
    (leaf,) = (step for step in trace if step.node.is_leaf)
    assert leaf.gradient.dtype == np.float32
    np.testing.assert_array_equal(leaf.gradient, [3, -4])


def test_complex_numbers_follow_pytorchs_convention():
    z = torch.tensor([1 + 2j, -1j], requires_grad=True)
    trace = viz.from_torch((z * z.conj()).real.sum())
    (leaf,) = (step for step in trace if step.node.is_leaf)
    np.testing.assert_allclose(leaf.gradient, 2 * z.detach().numpy())


def test_the_origin_of_a_nan_in_the_backward_pass():
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        trace = viz.from_torch((torch.sqrt(x * 1) * torch.tensor([0.0, 1.0])).sum())
    spoilt = next(flow for flow in trace.flows if not flow.finite)
    assert spoilt.source.op == "sqrt"
    assert np.isfinite(spoilt.upstream).all()
    assert np.isinf(spoilt.local[0])


def test_the_origin_of_a_nan_in_the_forward_pass():
    model = tnn.Linear(2, 2)
    with viz.watch_torch(model):
        loss = torch.log(model(torch.tensor([[1.0, 2.0]])) * 0 - 1).exp().sum()
    trace = viz.from_torch(loss, model)
    computed = [s.node for s in reversed(trace.steps) if not s.node.is_leaf]
    first = next(node for node in computed if not np.isfinite(node.data).all())
    assert first.op == "log"


# --- nothing of the user's changes ------------------------------------------------------------


def test_no_grad_changes_and_the_graph_survives():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = w * 3
    hidden.retain_grad()
    loss = (hidden**2).sum()
    called = []
    w.register_post_accumulate_grad_hook(called.append)
    viz.from_torch(loss)
    assert w.grad is None
    assert hidden.grad is None
    loss.backward(retain_graph=True)
    before = w.grad.clone(), hidden.grad.clone()
    assert len(called) == 1
    viz.from_torch(loss)
    assert len(called) == 1
    assert torch.equal(w.grad, before[0])
    assert torch.equal(hidden.grad, before[1])
    assert hidden.grad_fn._register_hook_dict is not None
    loss.backward()
    assert torch.equal(w.grad, 2 * before[0])


def test_hooks_of_the_users_are_seen():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = w * 1
    hidden.register_hook(lambda gradient: gradient.clamp(max=2))
    trace = viz.from_torch((hidden**2).sum())
    np.testing.assert_array_equal(step_made_by(trace, "multiply").gradient, [2, 2])
    (leaf,) = (step for step in trace if step.node.is_leaf)
    np.testing.assert_array_equal(leaf.gradient, [2, 2])


# --- errors -----------------------------------------------------------------------------------


def test_a_loss_without_a_graph_is_refused():
    with pytest.raises(RuntimeError, match="no graph, because it was made without parameters"):
        viz.from_torch(torch.tensor(1.0))
    with pytest.raises(RuntimeError, match="no graph, because it is a variable"):
        viz.from_torch(torch.tensor(1.0, requires_grad=True))


def test_what_is_no_tensor_or_module_is_refused():
    loss = CASES["MLP"][1](mlp())
    with pytest.raises(TypeError, match=r"torch\.Tensor, but float was given"):
        viz.from_torch(1.0)
    with pytest.raises(TypeError, match=r"from_torch takes a torch\.nn\.Module .* but list"):
        viz.from_torch(loss, [])
    with (
        pytest.raises(TypeError, match=r"watch_torch takes a torch\.nn\.Module .* but MLP"),
        viz.watch_torch(nn.MLP((2, 2))),
    ):
        pass


def test_a_result_that_is_no_scalar_needs_a_gradient_of_its_shape():
    x = torch.randn(3, requires_grad=True)
    with pytest.raises(ValueError, match=r"has shape \(3,\), and only a real scalar"):
        viz.from_torch(x * 2)
    with pytest.raises(ValueError, match="is complex, and only a real scalar"):
        viz.from_torch((x * 1j).sum())
    with pytest.raises(ValueError, match=r"has shape \(2,\), but must have .* \(3,\)"):
        viz.from_torch(x * 2, gradient=[1.0, 2.0])
    trace = viz.from_torch(x * 2, gradient=np.array([1.0, 0.0, 3.0]))
    np.testing.assert_array_equal(trace.steps[-1].gradient, [2, 0, 6])


def test_a_freed_graph_is_refused():
    w = torch.ones(2, requires_grad=True)
    loss = (w * w).exp().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        viz.from_torch(loss)


def test_a_checkpoint_that_writes_to_grad_is_refused():
    layer = tnn.Linear(3, 3)
    x = torch.randn(2, 3, requires_grad=True)
    loss = checkpoint(layer, x, use_reentrant=True).sum()
    with pytest.raises(RuntimeError, match="use_reentrant=False"):
        viz.from_torch(loss)
    assert layer.weight.grad is None


def test_a_model_compiled_for_one_backward_pass_is_refused():
    model = tnn.Sequential(tnn.Linear(3, 4), tnn.Sigmoid(), tnn.Linear(4, 2), tnn.Sigmoid())
    compiled = torch.compile(model, backend="aot_eager")
    compiled(torch.randn(4, 3)).sum().backward()
    loss = compiled(torch.randn(4, 3)).sum()
    with pytest.raises(RuntimeError, match="donated_buffer = False before compiling"):
        viz.from_torch(loss)


def test_stand_ins_can_be_looked_at_but_not_calculated_with():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    root = viz.from_torch((x * x).sum()).root
    with pytest.raises(RuntimeError, match="'sum' stands for a tensor of PyTorch"):
        root.backward()
    with pytest.raises(RuntimeError, match="'sum' stands for a tensor of PyTorch"):
        root.trace()
    with pytest.raises(TypeError, match="stands for a tensor of PyTorch"):
        nn.functional.relu(root)
    with pytest.raises(TypeError, match="cannot be changed"):
        root.data = 0.0
    assert root.detach().data == root.data


def test_stand_ins_can_be_pickled():
    model = mlp()
    root = viz.from_torch(CASES["MLP"][1](model), model).root
    twin = pickle.loads(pickle.dumps(root))
    assert (twin.op, twin.inputs[0].op) == ("nll_loss", "log_softmax")
    np.testing.assert_array_equal(twin.inputs[0].data, root.inputs[0].data)


# --- views ------------------------------------------------------------------------------------


def test_a_watched_model_is_drawn_and_diagnosed():
    model = mlp()
    with torch.no_grad():
        model[0].bias -= 100
    with viz.watch_torch(model):
        loss = cross_entropy(model(torch.randn(3, 3, requires_grad=True)), LABELS)
    trace = viz.from_torch(loss, model)
    drawn = viz.graph(trace).svg
    assert all(word in drawn for word in ("matmul", "relu", "gate closed", "0.bias", "nll_loss"))
    (finding,) = (f for f in viz.diagnose(trace).findings if f.illness == "dead")
    assert finding.layer == "1"
