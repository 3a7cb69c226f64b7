"""Bad input gets one clear sentence that names the thing, what was given and what to do."""

import re

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray, no_grad, scope
from autograd.primitives import TABLE

t = lambda *shape: Tensor(np.ones(shape))  # noqa: E731


def stale(carrier):
    x = carrier(1.0, name="w")
    y = x * 2.0
    x.data = 5.0
    return y


def quiet():
    with no_grad():
        return Value(1.0) * 2


def mismatch_in_scope():
    with scope("fc1"):
        return t(2, 3) @ t(4, 5)


CASES = [
    # shapes
    (lambda: t(2, 3) @ t(4, 5), ["matmul", "(2, 3)", "(4, 5)"]),
    (mismatch_in_scope, ["matmul", "'fc1'", "(2, 3)", "(4, 5)"]),
    (lambda: t(3) + np.ones(2), ["add", "(3,)", "(2,)"]),
    (lambda: np.ones(2) * t(3), ["multiply", "(3,)", "(2,)"]),
    (lambda: t(3) ** [1, 2], ["power", "(3,)", "(2,)"]),
    (lambda: np.where(np.zeros((40, 2), bool), t(3), 0.0), ["where", "(3,)", "(40, 2)"]),
    (lambda: np.clip(t(3), np.zeros((40, 2)), None), ["clip", "(3,)", "(40, 2)"]),
    (lambda: t(2, 3).reshape(4), ["reshape", "(2, 3)", "4"]),
    (lambda: t(2, 3).transpose(0, 5), ["transpose", "(2, 3)", "(0, 5)"]),
    (lambda: np.broadcast_to(t(3), (2, 2)), ["broadcast_to", "(3,)", "(2, 2)"]),
    (lambda: np.concatenate([t(2), t(2, 2)]), ["concatenate", "(2,)", "(2, 2)"]),
    (lambda: np.concatenate([t(2), Value(1.0)]), ["concatenate", "(2,)", "()"]),
    (lambda: np.stack([t(2), t(3)]), ["stack", "(2,)", "(3,)"]),
    (lambda: np.stack([t(2), t(2)], axis=7), ["stack", "axis", "7"]),
    (lambda: t(2, 3).swapaxes(0, 4), ["swapaxes", "(2, 3)", "4"]),
    (lambda: t(2, 3).sum(axis=2), ["sum", "(2, 3)", "axis=2"]),
    (lambda: t(0).max(), ["max", "(0,)", "empty"]),
    (lambda: TABLE["softmax"](t(2), axis=3), ["softmax", "(2,)", "3"]),
    (lambda: t(2, 3)[5], ["getitem", "(2, 3)", "5"]),
    (lambda: t(2, 3)[0, 0, 0], ["getitem", "(2, 3)", "(0, 0, 0)"]),
    (lambda: t(2, 3)[1.5], ["getitem", "1.5"]),
    (lambda: Value(1.0) @ t(2), ["matmul", "()", "(2,)"]),
    # numbers
    (lambda: Tensor(np.array([1, 2])), ["Tensor", "int64", "floating", "dtype=float"]),
    (lambda: Tensor("abc"), ["Tensor", "str"]),
    (lambda: Tensor(None), ["Tensor", "NoneType"]),
    (lambda: Tensor([[1], [2, 3]]), ["Tensor"]),
    (lambda: Value("3"), ["Value", "str '3'"]),
    (lambda: Value(None), ["Value", "None"]),
    (lambda: Value([1, 2]), ["Value", "list of shape (2,)", "Tensor"]),
    (lambda: Value([[1], [2, 3]]), ["Value", "list"]),
    (lambda: Value(1j), ["Value", "real"]),
    (lambda: Value(Value(1.0)), ["Value", ".data"]),
    (lambda: Tensor(t(2)), ["Tensor", ".detach()"]),
    (lambda: ValueArray([[1.0], [2.0, 3.0]]), ["ValueArray", "(1,)", "(2,)"]),
    (lambda: ValueArray(t(2)), ["ValueArray", ".data"]),
    (lambda: ValueArray([1.0]) * t(1), ["multiply", "Tensor", "ValueArray"]),
    (lambda: np.array([None], object) * t(1), ["object", "ValueArray"]),
    # backward
    (lambda: (t(2, 3) * 2).backward(), ["(2, 3)", "scalar", "sum()"]),
    (lambda: ValueArray([1.0, 2.0]).backward(), ["(2,)", "scalar", "sum()"]),
    (lambda: (t(3) * 2).backward(np.ones(2)), ["(2,)", "(3,)", "shape"]),
    (lambda: (t(2) * 2).backward("ab"), ["gradient"]),
    (lambda: t(2).backward(np.array(["a", "b"])), ["gradient"]),
    (lambda: Value(1.0).backward("2"), ["gradient"]),
    (lambda: Value(1.0).backward([1.0, 2.0]), ["gradient", "(2,)"]),
    (lambda: t().backward(keep="some"), ["keep", "'leaves'", "'some'"]),
    (lambda: t().detach().backward(), ["no gradient", "detach()"]),
    (lambda: quiet().backward(), ["no gradient", "no_grad"]),
    (lambda: stale(Value).backward(), ["'w'", "multiply", "changed", "forward"]),
    (lambda: stale(Tensor).trace(), ["'w'", "multiply", "changed", "forward"]),
    (lambda: (t() * 2).trace()[Value(1.0, name="b")], ["'b'", "Tensor"]),
    (lambda: setattr(t() * 2, "requires_grad", False), ["requires_grad", "detach()"]),
    (lambda: setattr(t(2), "data", np.ones(3)), ["(2,)", "(3,)"]),
    # what cannot be
    (lambda: t(2).__setitem__(0, 1.0), ["Tensor", "np.where"]),
    (lambda: Value(1.0).__setitem__(0, 1.0), ["Value", "np.where"]),
    (lambda: ValueArray([1.0]).__setitem__(0, 1.0), ["ValueArray", "np.where"]),
    (lambda: np.asarray(t(2)), ["Tensor", ".data", ".detach()"]),
    (lambda: np.roots(t(2)), ["np.roots", ".data"]),
    (lambda: np.add.reduceat(t(2), [0]), ["np.add.reduceat"]),
    (lambda: np.ones(2).__iadd__(t(2)), ["np.add", "x = x + y"]),
    (lambda: np.sum(t(2), out=np.zeros(())), ["sum", "out"]),
    (lambda: np.exp(t(2), where=np.ones(2, bool)), ["exp", "where="]),
    (lambda: np.concatenate([t(2)], out=np.ones(2)), ["concatenate", "out"]),
    (lambda: t(2).astype(int), ["astype", "int64", "floating"]),
]


@pytest.mark.parametrize(("wrong", "words"), CASES, ids=range(len(CASES)))
def test_one_clear_sentence(wrong, words):
    with pytest.raises((TypeError, ValueError, RuntimeError, KeyError, IndexError)) as caught:
        wrong()
    error = caught.value
    message = error.args[0] if isinstance(error, KeyError) else str(error)
    for word in words:
        assert word in message
    assert "\n" not in message
    assert not re.search(r"\. [A-Z]", message)
    assert len(message) < 400
    assert message == message.strip()


def test_a_long_parameter_does_not_flood_the_message():
    with pytest.raises(ValueError, match="where") as caught:
        np.where(np.zeros((1000, 2), bool), t(3), 0.0)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("carrier", [Value, Tensor])
def test_names_and_scopes_are_told(carrier):
    with scope("net"):
        x = carrier(1.0, requires_grad=False, name="w")
    with pytest.raises(RuntimeError, match=rf"{carrier.__name__} 'w' in 'net'"):
        x.backward()
