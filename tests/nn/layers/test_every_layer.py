"""What holds for every public layer and loss; a new one is tested once it has an example."""

import copy
import pickle

import numpy as np
import pytest

import nn
from autograd import ReplayError, Tensor, Value, ValueArray, no_grad, replay
from nn import layers, losses
from tests.nn.layers.examples import CALLED, EXAMPLES, make


def mapped(function, inputs):
    """Inputs with a function applied to the floating arrays among them."""
    if isinstance(inputs, tuple):
        return tuple(mapped(function, part) for part in inputs)
    is_floating = isinstance(inputs, np.ndarray) and inputs.dtype.kind == "f"
    return function(inputs) if is_floating else inputs


def leaves(tree):
    """What nested tuples hold."""
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, tuple) else [tree]


def numbers(outputs):
    """All outputs as arrays."""
    return [np.asarray(getattr(leaf, "data", leaf)) for leaf in leaves(outputs) if leaf is not None]


def assert_equal(found, expected, **tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **(tolerance or {"rtol": 0}))


def pulled(layer, carrier, inputs, parameters=None):
    """Outputs of a layer, and the gradients of inputs and parameters under fixed cotangents."""
    parameters = list(layer.parameters()) if parameters is None else parameters
    variables = mapped(carrier, inputs)
    outputs = layer(*variables)
    rng = np.random.default_rng(1)
    # A single number of a ValueArray is a Value.
    nodes = [node for node in leaves(outputs) if isinstance(node, carrier | Value)]
    total = sum(
        np.sum(node * np.asarray(rng.normal(size=getattr(node, "shape", ())))) for node in nodes
    )
    total.backward()
    learned = [*leaves(variables), *parameters]
    gradients = [
        np.zeros(node.shape) if node.grad is None else node.grad
        for node in learned
        if isinstance(node, carrier)
    ]
    return numbers(outputs), gradients


def test_every_public_layer_and_loss_has_an_example():
    public = {*layers.__all__, *losses.__all__}
    assert public == EXAMPLES.keys()
    assert public <= set(nn.__all__)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CALLED)
def test_it_does_the_same_on_scalar_nodes(name, training):
    layer = make(name).train(training)
    twin = layer.to_values()
    outputs, gradients = pulled(layer, Tensor, EXAMPLES[name].inputs)
    same_outputs, same_gradients = pulled(twin, ValueArray, EXAMPLES[name].inputs)
    tolerance = {"rtol": 1e-10, "atol": 1e-12}
    assert_equal(same_outputs, outputs, **tolerance)
    assert_equal(same_gradients, gradients, **tolerance)
    assert_equal(twin.buffers(), layer.buffers(), **tolerance)


#: Layers and losses whose inputs are probabilities: they stay as they are.
UNCHANGED = {"BCELoss", "BCEWithLogitsLoss"}
#: Layers of which a replay is refused, with the reason.
NOT_REPLAYED = {"EmbeddingBag": "its bags are found in the numbers"}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CALLED)
def test_it_does_the_same_in_a_replay(name, training):
    layer, twin = make(name).train(training), make(name).train(training)
    replayed = replay(lambda *inputs: twin(*inputs))
    if name in NOT_REPLAYED:
        replayed(*EXAMPLES[name].inputs)
        with pytest.raises(ReplayError):
            replayed(*EXAMPLES[name].inputs)
        return
    for step in range(5):
        factor = 1.0 if name in UNCHANGED else 1 + 0.125 * step
        inputs = mapped(lambda x, factor=factor: x * factor, EXAMPLES[name].inputs)
        outputs, gradients = pulled(layer, Tensor, inputs)
        same_outputs, same_gradients = pulled(replayed, Tensor, inputs, list(twin.parameters()))
        assert_equal(same_outputs, outputs)
        # The gradients of several results are added in another order.
        exact = {"rtol": 0} if len(outputs) == 1 else {"rtol": 1e-12, "atol": 1e-15}
        assert_equal(same_gradients, gradients, **exact)
        assert_equal(twin.buffers(), layer.buffers())
        for module in (layer, twin):
            for parameter in module.parameters():
                parameter.data = parameter.data * 1.01
                parameter.zero_grad()
    (found,) = replayed._kinds.values()
    assert any(recording.program for recording in found), "it was never replayed"


@pytest.mark.parametrize("name", CALLED)
def test_plain_arrays_are_constants(name):
    layer = make(name).eval()
    with no_grad():
        outputs = numbers(layer(*EXAMPLES[name].inputs))
    assert_equal(outputs, pulled(layer, Tensor, EXAMPLES[name].inputs)[0], rtol=1e-14)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_its_state_makes_another_one_equal(name, tmp_path):
    layer, other = make(name, seed=0), make(name, seed=1)
    np.savez(tmp_path / "state.npz", **layer.state_dict())
    with np.load(tmp_path / "state.npz") as state:
        assert other.load_state_dict(state) == ([], [])
    assert list(other.state_dict()) == list(layer.state_dict())
    assert_equal(other.state_dict().values(), layer.state_dict().values())
    if name in CALLED:
        x = EXAMPLES[name].inputs
        assert_equal(numbers(other.eval()(*x)), numbers(layer.eval()(*x)))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_copy_is_equal_and_draws_the_same(name, duplicate):
    layer = make(name)
    twin = duplicate(layer)
    assert repr(twin) == repr(layer)
    assert list(twin.state_dict()) == list(layer.state_dict())
    if name in CALLED:
        x = EXAMPLES[name].inputs
        assert_equal(numbers(twin(*x)), numbers(layer(*x)))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_parameters_are_float32_by_default_and_so_are_results(name):
    layer = make(name, dtype=None)
    parameters = list(layer.parameters())
    assert {parameter.dtype for parameter in parameters} <= {np.dtype(np.float32)}
    if name in CALLED and parameters:
        assert {array.dtype for array in numbers(layer(*EXAMPLES[name].inputs))} <= {
            np.dtype(np.float32),
            np.dtype(int),
        }
    assert {p.dtype for p in layer.to(np.float64).parameters()} <= {np.dtype(np.float64)}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_seeds(name):
    states = [list(make(name, seed=seed).state_dict().values()) for seed in (0, 0, 1)]
    assert_equal(states[0], states[1])
    is_random = any(getattr(m, "generator", None) for m in make(name).modules())
    outputs = [numbers(make(name, seed=s)(*EXAMPLES[name].inputs)) for s in (0, 0, 1) if is_random]
    if is_random:
        assert_equal(outputs[0], outputs[1])
        pairs = zip(outputs[0], outputs[2], strict=True)
        assert not all(np.array_equal(one, other) for one, other in pairs)


def test_nothing_touches_the_global_random_state():
    np.random.seed(0)  # noqa: NPY002 - it is this state that has to stay as it is
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for name in CALLED:
        make(name, seed=None)(*EXAMPLES[name].inputs)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_its_text_names_it(name):
    text = repr(make(name))
    assert text.startswith(f"{getattr(nn, name).__name__}(")
    assert " at 0x" not in text
