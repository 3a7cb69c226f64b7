"""Rules in compiled loops: the same numbers, bit for bit, as in numpy."""

import numpy as np
import pytest

import nn
from nn.optim import block, rule

SHAPES = [(3, 5), (), (40,), (0, 2), (2, 2)]

CONFIGURATIONS = [
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"weight_decay": 0.1, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "l1_decay": 0.01}),
    ("AdamW", {"weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.1, "l1_decay": 0.01}),
    ("SGD", {}),
    ("SGD", {"weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"momentum": 0.9, "momentum_form": "classical"}),
    ("SGD", {"momentum": 0.9, "momentum_form": "average", "nesterov": True}),
]


@pytest.fixture
def always(monkeypatch):
    """Loops are compiled for few parameters too, which are cut into several blocks; the runs."""
    monkeypatch.setattr(block, "_WORTHWHILE", 0)
    monkeypatch.setattr(block, "_CACHED", 20)
    runs = []
    run = block.Block.run
    monkeypatch.setattr(block.Block, "run", lambda *args: (runs.append(args), run(*args)))
    return runs


def steps(name, dtype, options, disturb=lambda grad: grad):
    rng = np.random.default_rng(0)
    params = [nn.Parameter(rng.normal(size=shape).astype(dtype), dtype) for shape in SHAPES]
    optimizer = getattr(nn.optim, name)(params, lr=np.float64(0.01), **options)
    for _ in range(5):
        for param in params:
            param.grad = disturb(rng.normal(size=param.shape).astype(dtype))
        optimizer.step()
    return [param.data for param in params], optimizer.state_dict()["state"]


def assert_equal(found, expected):
    for a, b in zip(found[0], expected[0], strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    np.testing.assert_equal(found[1], expected[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS)
def test_compiled_or_not(name, options, dtype, always, monkeypatch):
    found = steps(name, dtype, options)
    assert bool(always) is ("l1_decay" not in options)  # which the loop leaves to numpy
    monkeypatch.setattr(block, "can_compile", lambda dtype: False)
    always.clear()
    assert_equal(found, steps(name, dtype, options))
    assert not always


@pytest.mark.parametrize(("name", "options"), [("Adam", {"eps": 0.0}), ("SGD", {"momentum": 0.9})])
def test_nothing_divided_by_nothing_infinity_and_nan(name, options, always, monkeypatch):
    def disturb(grad):
        if grad.shape == (40,):
            grad[:4] = 0, np.inf, -np.inf, np.nan
        return grad

    found = steps(name, np.float32, options, disturb)
    assert always
    assert np.isnan(found[0][2][:4]).any()
    monkeypatch.setattr(block, "can_compile", lambda dtype: False)
    assert_equal(found, steps(name, np.float32, options, disturb))


def test_few_parameters_are_not_worth_compiling(monkeypatch):
    monkeypatch.setattr(block, "loop_of", None)
    steps("Adam", np.float32, {})


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_other_precisions_stay_in_numpy(dtype, always):
    steps("Adam", dtype, {})
    assert not always


def test_a_change_of_ones_own_counts(always):
    class Half(nn.optim.SGD):
        def _change(self, grad, block):
            return super()._change(grad, block) * 0.5

    weight = nn.Parameter([1.0, 2.0])
    weight.grad = np.ones(2, np.float32)
    Half([weight], lr=1.0).step()
    np.testing.assert_array_equal(weight.data, [0.5, 1.5])
    assert not always


def test_the_machine_code_is_stored(always):
    """It is found again by a loop that is made anew, as another process makes it."""
    from nn.optim.sgd import _momentum

    steps("SGD", np.float32, {"momentum": 0.9})
    again = rule.loop_of.__wrapped__(_momentum)
    one = np.ones(1, np.float32)
    frozen = one.copy()
    frozen.setflags(write=False)
    number = np.float32(0.5)
    again(one, frozen, number, number, (number,) * 3, frozen, one.copy())
    assert sum(again.stats.cache_hits.values()) == 1
