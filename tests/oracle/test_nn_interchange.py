"""PyTorch's modules as ours and back: outputs and gradients over its module database."""

import copy
import zlib
from functools import cache

import numpy as np
import pytest
import torch

import nn
from autograd import Tensor
from nn.layers import __all__ as layers
from tests.nn.layers.examples import EXAMPLES, make
from tests.oracle.modules.arguments import LEFT_OUT, prepared
from tests.oracle.modules.harness import RTOL, Verdict, cases, database
from tests.oracle.operators.harness import convert, leaves, once

pytestmark = [
    pytest.mark.oracle,
    # PyTorch's database makes modules that PyTorch warns of.
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]

NAMES = [name for name in database() if name not in LEFT_OUT]


# --- the module database --------------------------------------------------------------------------


@cache
def examine(name):
    """A verdict on all cases of a module: it, its twin here, and that one's twin there."""
    failures, count = {}, 0
    for label, training, case in cases(name):
        count += 1
        theirs = getattr(torch.nn, name)(
            *case.constructor_input.args, **case.constructor_input.kwargs
        ).double()
        shake(theirs.train(training))
        ours = nn.from_torch(theirs)
        call = case.forward_input.args, case.forward_input.kwargs
        with np.errstate(all="ignore"):  # numbers out of range are among the cases
            complaint = differs(name, theirs, ours, nn.to_torch(ours), call)
        if complaint:
            failures[label] = complaint
    return Verdict(name, count, failures)


def shake(module):
    """Numbers that are not all 1 or 0 where they started so."""
    for key, tensor in module.named_parameters():
        rng = np.random.default_rng(zlib.crc32(key.encode()))
        tensor.data += 0.1 * torch.from_numpy(np.asarray(rng.normal(size=tensor.shape)))


def differs(name, theirs, ours, again, call):
    """The first difference in outputs, gradients of parameters, or buffers."""
    if not list(theirs.state_dict()) == list(ours.state_dict()) == list(again.state_dict()):
        return "state keys"
    results = [
        run(module, prepared(name, torch.log_softmax, module, convert(call, once(detached))))
        for module in (theirs, again)
    ]
    results.insert(
        1, run(ours, prepared(name, nn.functional.log_softmax, ours, convert(call, once(array))))
    )
    expected = results[0]
    for kind, found in zip(("from_torch", "to_torch"), results[1:], strict=True):
        if found.keys() != expected.keys():
            return f"{kind}: {found.keys() ^ expected.keys()}"
        for key in expected:
            if not np.allclose(found[key], expected[key], RTOL, RTOL, equal_nan=True):
                return f"{kind}: {key}"
    return None


def run(module, outputs):
    """Outputs, and what their sum, weighted, sends to the parameters; and the buffers."""
    found = [out for _, out in leaves(outputs) if out is not None]
    numbers = {f"output {i}": plain(out) for i, out in enumerate(found)}
    total = sum(
        (out * weights(module, out)).sum() for out in found if getattr(out, "requires_grad", False)
    )
    if not isinstance(total, int):
        total.backward()
    for key, parameter in module.named_parameters():
        if parameter.grad is not None:
            numbers[f"gradient of {key}"] = plain(parameter.grad)
    return numbers | {key: plain(buffer) for key, buffer in module.named_buffers()}


def weights(module, out):
    ramp = np.cos(np.arange(plain(out).size)).reshape(plain(out).shape)
    return torch.from_numpy(ramp) if isinstance(module, torch.nn.Module) else ramp


def plain(numbers):
    if isinstance(numbers, torch.Tensor):
        return numbers.detach().numpy()
    return np.asarray(numbers.data if isinstance(numbers, Tensor) else numbers)


def detached(argument):
    if not isinstance(argument, torch.Tensor):
        return argument
    return argument.detach().clone().requires_grad_(argument.requires_grad)


def array(argument):
    if not isinstance(argument, torch.Tensor):
        return argument
    numbers = np.array(argument.detach().numpy())
    return Tensor(numbers) if argument.requires_grad else numbers


@pytest.mark.parametrize("name", NAMES)
def test_the_module_database(name):
    assert examine(name).failures == {}
    assert examine(name).cases


def test_score(capsys):
    verdicts = [examine(name) for name in NAMES]
    whole = sum(verdict.whole for verdict in verdicts)
    with capsys.disabled():
        print(
            f"\nfrom_torch and to_torch: {whole} of {len(database())} modules in PyTorch's "
            f"database ({len(LEFT_OUT)} left out), {sum(v.cases for v in verdicts)} cases"
        )
    assert whole == len(NAMES)


# --- our layers -----------------------------------------------------------------------------------

#: What PyTorch has no module for, or what holds parameters for a forward() that only Python knows.
WITHOUT_TWIN = {"ParameterDict", "ParameterList"}


@pytest.mark.parametrize("name", sorted(set(layers) - WITHOUT_TWIN))
def test_our_layers_there_and_back(name):
    layer = make(name).eval()
    theirs = nn.to_torch(layer)
    assert list(theirs.state_dict()) == list(layer.state_dict())
    assert not theirs.training
    again = nn.from_torch(theirs)
    inputs = EXAMPLES[name].inputs
    if inputs:
        expected = layer(*inputs)
        for found in (theirs(*convert(inputs, once(to_tensor))), again(*inputs)):
            for (_, one), (_, other) in zip(leaves(found), leaves(expected), strict=True):
                np.testing.assert_allclose(plain(one), plain(other), rtol=1e-10, atol=1e-12)


def to_tensor(argument):
    return torch.from_numpy(argument) if isinstance(argument, np.ndarray) else argument


@pytest.mark.parametrize("name", sorted(WITHOUT_TWIN))
def test_holders_of_parameters_are_refused(name):
    with pytest.raises(TypeError, match=f"cannot translate {name}: it is a layer that .* lacks"):
        nn.to_torch(make(name))


# --- models ---------------------------------------------------------------------------------------


def convolutional(dtype=torch.float32):
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1, bias=False),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(inplace=True),
        torch.nn.MaxPool2d(2),
        torch.nn.Dropout(0.3),
        torch.nn.Flatten(),
        torch.nn.Linear(16, 3),
    ).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_numbers_keep_their_dtype(dtype):
    theirs = convolutional(dtype)
    ours = nn.from_torch(theirs)
    kinds = {str(tensor.dtype).removeprefix("torch.") for tensor in theirs.parameters()}
    assert {str(parameter.dtype) for parameter in ours.parameters()} == kinds
    assert {tensor.dtype for tensor in nn.to_torch(ours).parameters()} == {dtype}
    assert ours.state_dict()["1.num_batches_tracked"].dtype == np.int64


def test_bfloat16_becomes_float32():
    theirs = torch.nn.Linear(2, 2, dtype=torch.bfloat16)
    ours = nn.from_torch(theirs)
    assert ours.weight.dtype == np.float32
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.detach().float().numpy())


def test_modes_and_frozen_parts_are_kept():
    theirs = convolutional()
    theirs[1].eval()
    theirs[0].weight.requires_grad_(False)
    ours = nn.from_torch(theirs)
    again = nn.to_torch(ours)
    for model in (ours, again):
        assert [part.training for part in model] == [part.training for part in theirs]
        assert not model[0].weight.requires_grad
        assert model[6].weight.requires_grad


def test_arrays_are_copied():
    theirs = convolutional()
    ours = nn.from_torch(theirs)
    again = nn.to_torch(ours)
    before = copy.deepcopy(ours.state_dict())
    for tensor in [*theirs.state_dict().values(), *again.state_dict().values()]:
        tensor.zero_()
    for key, array in ours.state_dict().items():
        np.testing.assert_array_equal(array, before[key])


def test_what_is_shared_stays_shared():
    layer = torch.nn.Linear(3, 3)
    theirs = torch.nn.Sequential(layer, torch.nn.Tanh(), layer, torch.nn.Linear(3, 3))
    theirs[3].weight = layer.weight
    ours = nn.from_torch(theirs)
    again = nn.to_torch(ours)
    for model in (ours, again):
        assert model[0] is model[2]
        assert model[3].weight is model[0].weight
        assert len(list(model.parameters())) == 3


def test_parts_that_were_exchanged():
    layer = torch.nn.TransformerEncoderLayer(4, 2, 8, activation=torch.nn.GELU("tanh"))
    layer.norm2 = torch.nn.Identity()
    layer.dropout1.p = 0.4
    stack = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).double().eval()
    shake(stack)
    stack.layers[1].norm1 = torch.nn.RMSNorm(4).double()
    ours = nn.from_torch(stack)
    assert ours.layers[0].dropout1.p == 0.4
    x = np.random.default_rng(0).normal(size=(3, 2, 4))
    for model in (stack, nn.to_torch(ours)):
        expected = model(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(ours(x).data, expected, rtol=1e-10, atol=1e-12)


def test_ten_steps_of_training_are_the_same():
    torch.manual_seed(0)
    theirs = convolutional(torch.float64)
    theirs[4].p = 0.0
    ours = nn.from_torch(theirs)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 1, 4, 4)), rng.integers(0, 3, 8)
    their_optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01)
    our_optimizer = nn.optim.Adam(ours.parameters(), lr=0.01)
    for _ in range(10):
        their_optimizer.zero_grad()
        torch.nn.functional.cross_entropy(
            theirs(torch.from_numpy(x)), torch.from_numpy(y)
        ).backward()
        their_optimizer.step()
        our_optimizer.zero_grad()
        nn.functional.cross_entropy(ours(x), y).backward()
        our_optimizer.step()
    for key, tensor in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[key], tensor.numpy(), rtol=1e-9, atol=1e-12)


# --- what is refused ------------------------------------------------------------------------------


class Own(torch.nn.Module):
    def forward(self, x):
        return 2 * x


class OwnLinear(torch.nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


def hooked():
    layer = torch.nn.Linear(2, 2)
    layer.register_forward_hook(lambda module, args, out: 2 * out)
    return layer


def widened():
    layer = torch.nn.Linear(2, 2)
    layer.scale = torch.nn.Parameter(torch.ones(1))
    return layer


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (Own(), "Own 'block.0': it is a class of its own, whose forward() only Python knows"),
        (OwnLinear(2, 2), "OwnLinear 'block.0': it is a class of its own"),
        (torch.nn.FractionalMaxPool2d(2, 2), "FractionalMaxPool2d 'block.0': it is a layer that"),
        (torch.nn.Embedding(2, 2, max_norm=1.0), "Embedding 'block.0': it has max_norm=1.0, which"),
        (torch.nn.Softmax(), "Softmax 'block.0': it has dim=None, which nn lacks"),
        (hooked(), "Linear 'block.0': it has forward hooks, which would not run here"),
        (
            torch.nn.TransformerEncoderLayer(2, 1, 2, activation=torch.sin),
            "TransformerEncoderLayer 'block.0': it has activation=<built-in method sin",
        ),
        (
            torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)),
            "ParametrizedLinear 'block.0': it is a class of its own",
        ),
    ],
)
def test_modules_without_a_twin_are_named(module, why):
    model = torch.nn.Sequential()
    model.add_module("block", torch.nn.ModuleList([module]))
    with pytest.raises(TypeError) as info:
        nn.from_torch(model)
    assert f"from_torch cannot translate {why}" in str(info.value)


def test_parameters_that_a_class_does_not_have():
    with pytest.raises(TypeError, match=r"Linear '0': it has scale, which its class in nn lacks"):
        nn.from_torch(torch.nn.Sequential(widened()))


class OurOwn(nn.Module):
    def forward(self, x):
        return 2 * x


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (OurOwn(), "OurOwn 'block': it is a class of its own, whose forward() only Python knows"),
        (
            nn.Dropout(inverted=False),
            "Dropout 'block': it has inverted=False, which torch.nn lacks",
        ),
        (nn.MLP((2, 2)).to_values()[0], "Linear 'block': it works on scalar nodes"),
    ],
)
def test_our_modules_without_a_twin_are_named(module, why):
    with pytest.raises(TypeError) as info:
        nn.to_torch(nn.Sequential({"block": module}))
    assert f"to_torch cannot translate {why}" in str(info.value)


@pytest.mark.parametrize("wrong", [[1.0], nn.Linear, "model.pt"])
def test_what_is_no_module(wrong):
    with pytest.raises(TypeError, match=r"from_torch translates a torch\.nn\.Module, but"):
        nn.from_torch(wrong)
    with pytest.raises(TypeError, match=r"to_torch translates an nn\.Module, but"):
        nn.to_torch(wrong)
