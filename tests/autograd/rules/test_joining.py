"""Tests of joining arrays and of cutting them up."""

import numpy as np
import pytest

from autograd import Tensor, Value
from tests.autograd.rules.linear import check_linear

A = (2, 3)

JOINING = {
    "concatenate": (lambda a, b: np.concatenate([a, b]), A, (1, 3)),
    "concatenate along an axis": (lambda a, b: np.concatenate((a, b), axis=-1), A, (2, 2)),
    "concatenate in one axis": (lambda a, b: np.concatenate([a, b], axis=None), A, (4,)),
    "concatenate the rows of one": (np.concatenate, (2, 3, 2)),
    "concatenate with nothing": (lambda a, b: np.concatenate([a, b]), A, (0, 3)),
    "concat": (lambda a, b: np.concat([a, b, a]), A, A),
    "stack": (lambda a, b: np.stack([a, b, a]), A, A),
    "stack along an axis": (lambda a, b: np.stack((a, b), axis=1), A, A),
    "stack along the last axis": (lambda a, b: np.stack((a, b), -1), A, A),
    "stack scalars": (lambda a, b: np.stack([a, b]), (), ()),
    "stack the rows of one": (lambda a: np.stack(a, axis=1), A),
    "vstack": (lambda a, b: np.vstack([a, b]), (3,), A),
    "hstack vectors": (lambda a, b: np.hstack([a, b]), (3,), (2,)),
    "hstack matrices": (lambda a, b: np.hstack((a, b)), A, (2, 1)),
    "hstack scalars": (lambda a, b: np.hstack([a, b]), (), ()),
    "dstack": (lambda a, b: np.dstack([a, b]), A, A),
    "dstack vectors": (lambda a, b: np.dstack([a, b]), (3,), (3,)),
    "column_stack": (lambda a, b: np.column_stack([a, b]), (2,), A),
    "block": (lambda a, b, c: np.block([[a, b], [c, c[:, :1]]]), A, (2, 1), (1, 3)),
    "block of a row": (lambda a, b: np.block([a, b]), (3,), (2,)),
    "block of one": (np.block, A),
    "block of blocks": (lambda a, b: np.block([[[a], [b]], [[b], [a]]]), A, A),
    "block with scalars": (lambda a, b: np.block([a, b]), (2,), ()),
    "append": (lambda a, b: np.append(a, b), A, (4,)),
    "append along an axis": (lambda a, b: np.append(a, b, axis=1), A, (2, 2)),
    "insert a scalar": (lambda a, b: np.insert(a, 1, b), (3,), ()),
    "insert into all elements": (lambda a, b: np.insert(a, [1, 4], b), A, (2,)),
    "insert at one place": (lambda a, b: np.insert(a, 1, b, axis=0), A, (3,)),
    "insert columns at one place": (lambda a, b: np.insert(a, 1, b, axis=1), A, (2,)),
    "insert several at one place": (lambda a, b: np.insert(a, 1, b, axis=1), A, (2, 2)),
    "insert at several places": (lambda a, b: np.insert(a, [0, 2, 2], b, axis=-1), A, (2, 3)),
    "insert at [1]": (lambda a, b: np.insert(a, [1], b, axis=1), A, (2, 2)),
    "insert at a slice": (lambda a, b: np.insert(a, slice(0, 2), b, axis=1), A, ()),
    "insert from behind": (lambda a, b: np.insert(a, -1, b), (3,), ()),
    "delete": (lambda a: np.delete(a, 1), A),
    "delete along an axis": (lambda a: np.delete(a, [0, -1], axis=1), A),
    "delete a slice": (lambda a: np.delete(a, slice(None, None, 2), axis=-1), A),
    "delete by a mask": (lambda a: np.delete(a, [True, False], axis=0), A),
}

CUTTING = {
    "split": (lambda a: np.split(a, 3, axis=1), A),
    "split at": (lambda a: np.split(a, [1], axis=-1), A),
    "split at odd places": (lambda a: np.split(a, [2, 1, -1, 9]), (4,)),
    "split nothing": (lambda a: np.split(a, [1, 2], axis=1), (0, 3)),
    "array_split": (lambda a: np.array_split(a, 3), (5, 2)),
    "array_split in too many": (lambda a: np.array_split(a, 4, axis=0), A),
    "hsplit": (lambda a: np.hsplit(a, 3), A),
    "hsplit a vector": (lambda a: np.hsplit(a, [1]), (3,)),
    "vsplit": (lambda a: np.vsplit(a, 2), A),
    "dsplit": (lambda a: np.dsplit(a, [1, 2]), (2, 1, 3)),
    "unstack": (np.unstack, A),
    "unstack along an axis": (lambda a: np.unstack(a, axis=-1), A),
}


@pytest.mark.parametrize("name", JOINING | CUTTING)
def test_linear(name):
    check_linear(*(JOINING | CUTTING)[name])


def test_stacking_is_one_node():
    x = Tensor([1.0, 2.0])
    y = np.stack([x, x, np.zeros(2)])
    assert (y.op, y.inputs[0], y.inputs[1]) == ("stack", x, x)


def test_plain_arrays_lists_and_numbers_may_be_joined():
    x = Tensor([1.0, 2.0])
    np.testing.assert_array_equal(np.concatenate([x, [3], np.array([4.0])]).data, [1, 2, 3, 4])
    np.testing.assert_array_equal(np.hstack([x, 3.0]).data, [1, 2, 3])
    np.testing.assert_array_equal(np.append([0], x).data, [0, 1, 2])
    np.testing.assert_array_equal(np.insert(np.zeros(2), 1, x).data, [0, 1, 2, 0])
    np.testing.assert_array_equal(np.insert(x, 1, 9).data, [1, 9, 2])
    np.testing.assert_array_equal(np.block([[x], [np.ones(2)]]).data, [[1, 2], [1, 1]])


def test_a_value_beside_tensors_joins_them():
    v, x = Value(3.0), Tensor(2.0)
    (np.stack([v, x]) * np.array([10.0, 1.0])).sum().backward()
    assert (v.grad, x.grad) == (10.0, 1.0)


def test_places_may_be_constant_nodes():
    x, places = Tensor([1.0, 2.0, 3.0]), Tensor(np.array([0, 2]), requires_grad=False)
    np.testing.assert_array_equal(np.delete(x, places).data, [2.0])
    np.testing.assert_array_equal(np.insert(x, places, 0.0).data, [0, 1, 2, 0, 3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.concatenate([x, np.ones((1, 2))]), r"\(2, 3\) and \(1, 2\)"),
        (lambda x: np.stack([x, x[0]]), r"\(2, 3\) and \(3,\)"),
        (lambda x: np.stack([x, x], axis=3), "axis"),
        (lambda x: np.vstack([x, np.ones(2)]), r"\(2, 3\) and \(1, 2\)"),
        (lambda x: np.block([[x, x], [x]]), "block.*dimensions"),
        (lambda x: np.block([x, [x]]), "block.*depths"),
        (lambda x: np.split(x, 2, axis=1), "split.*equal division"),
        (lambda x: np.dsplit(x, 2), "dsplit.*3 or more dimensions"),
        (lambda x: np.array_split(x, 0), "array_split.*larger than 0"),
        (lambda x: np.insert(x, 5, 0.0, axis=0), "out of bounds"),
        (lambda x: np.insert(x, [0, 1], np.ones((3, 3)), axis=0), "insert.*broadcast"),
        (lambda x: np.delete(x, 5, axis=0), "out of bounds"),
    ],
    ids=range(12),
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ValueError, IndexError), match=message):
        call(Tensor(np.ones((2, 3))))


def test_the_results_may_not_be_written_into_a_given_array():
    with pytest.raises(TypeError, match="out"):
        np.concatenate([Tensor([1.0])], out=np.zeros(1))
