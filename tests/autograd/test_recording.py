"""Tests of no_grad, scope and the clock."""

import asyncio
import copy
import pickle
import threading

import numpy as np
import pytest

from autograd import Tensor, Value, ValueArray, is_recording, no_grad, scope
from autograd.recording import next_serial


def in_threads(*functions):
    """Run functions at the same time; give their results or raise their first error."""
    found = [None] * len(functions)

    def run(i, function):
        try:
            found[i] = (function(), None)
        except BaseException as error:
            found[i] = (None, error)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _, error in found:
        if error is not None:
            raise error
    return [result for result, _ in found]


@pytest.fixture(autouse=True)
def nothing_leaks():
    assert is_recording()
    assert Value(1.0).scope == ""
    yield
    assert is_recording()
    assert Value(1.0).scope == ""


@pytest.mark.parametrize(
    "make", [Value, Tensor, lambda x: ValueArray([x])], ids=["Value", "Tensor", "ValueArray"]
)
def test_no_grad_records_nothing(make):
    x = make(3.0)
    with no_grad():
        assert not is_recording()
        for y in (
            x * x,
            2 * x,
            -x,
            np.exp(x),
            np.sum(x * x) if not isinstance(x, Value) else x + 1,
        ):
            assert not y.requires_grad
            if not isinstance(y, ValueArray):
                assert y.is_leaf
                assert y.inputs == ()
                assert y.op == ""
    assert x.requires_grad
    assert (x * x).requires_grad


def test_new_variables_inside_no_grad_still_need_gradients():
    with no_grad():
        x = Value(1.0)
    assert x.requires_grad
    (x * 2.0).backward()
    assert x.grad == 2.0


def test_no_grad_nests_and_survives_errors():
    guard = no_grad()
    with guard, guard, no_grad():
        assert not is_recording()
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0  # noqa: B018


def test_no_grad_decorates():
    @no_grad()
    def f(x, depth):
        assert not is_recording()
        return f(x, depth - 1) if depth else x * 2.0

    assert not f(Value(1.0), 3).requires_grad


def test_a_decorated_function_in_several_threads():
    meeting = threading.Barrier(2)
    done = threading.Event()

    @no_grad()
    def work(first):
        meeting.wait(10)
        if first:
            done.wait(10)  # leave in the order in which they came, not in the opposite one
        return (Value(1.0) * 2.0).requires_grad

    def second():
        try:
            return work(False)
        finally:
            done.set()

    assert in_threads(lambda: work(True), second) == [False, False]


def test_a_decorated_generator_records_nothing():
    @no_grad()
    def generate():
        for _ in range(2):
            yield Value(1.0) * 2.0

    for value in generate():
        assert not value.requires_grad
        assert is_recording()


def test_no_grad_and_scope_belong_to_their_thread():
    x = Value(2.0)
    meeting = threading.Barrier(2)

    def quiet():
        with no_grad():
            meeting.wait(10)
            y = x * x
            meeting.wait(10)
            return y.requires_grad

    def loud():
        with scope("layer"):
            meeting.wait(10)
            y = x * x
            meeting.wait(10)
            return y.requires_grad, y.scope

    with scope("outside"):
        assert in_threads(quiet, loud) == [False, (True, "layer")]


def test_no_grad_belongs_to_its_task():
    async def quiet():
        with no_grad():
            await asyncio.sleep(0)
            return is_recording()

    async def loud():
        await asyncio.sleep(0)
        return is_recording()

    async def main():
        return await asyncio.gather(quiet(), loud(), quiet())

    assert asyncio.run(main()) == [False, True, False]


def test_scopes_nest():
    with scope("net"):
        a = Value(1.0) * 2.0
        with scope("fc1"):
            b = Tensor([1.0]) + a
            with scope(""):
                c = -a
        d = a + 1.0
    assert [node.scope for node in (a, b, c, d)] == ["net", "net.fc1", "net.fc1", "net"]
    assert (a + 1.0).scope == ""


def test_scopes_do_not_end_no_grad():
    x = Value(1.0)
    with no_grad(), scope("net"):
        y = x * 2.0
        assert not is_recording()
    assert not y.requires_grad
    with scope("net"), no_grad():
        assert not (x * 2.0).requires_grad


def test_a_scope_may_be_entered_again():
    layer = scope("fc")
    with layer:
        pass
    with layer, layer:
        assert Value(1.0).scope == "fc.fc"


def test_a_scope_tells_what_it_is_and_what_is_around_it():
    with scope("net"), scope("0", "Linear"), scope(""):
        y = Value(1.0) * 2
    for name in (y.scope, pickle.loads(pickle.dumps(y.scope)), copy.deepcopy(y.scope)):
        assert (name, name.kind, name.outer) == ("net.0", "Linear", "net")
    with scope("elsewhere"), scope(y.scope):
        assert (Value(1.0) * 2).scope is y.scope


def test_scope_survives_errors():
    with pytest.raises(ZeroDivisionError), scope("net"):
        1 / 0  # noqa: B018


def test_scope_of_every_carrier():
    with scope("net"):
        nodes = [
            Value(1.0),
            Tensor([1.0]),
            Value(1.0) * 2.0,
            2.0 - Value(1.0),
            Value(1.0).tanh(),
            Tensor([1.0]).sum(),
            Value(1.0) * Tensor([1.0]),
            np.log1p(Value(1.0)),
            *ValueArray([1.0]),
            np.sum(ValueArray([1.0, 2.0])),
        ]
    assert {node.scope for node in nodes} == {"net"}


def test_serials_only_grow_and_are_never_shared():
    def take():
        return [next_serial() for _ in range(2000)]

    runs = in_threads(*[take] * 4)
    assert all(run == sorted(run) for run in runs)
    assert len({serial for run in runs for serial in run}) == 8000
