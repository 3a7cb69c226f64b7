"""Tests of tables: padding, given tables, bags."""

import numpy as np

import nn

TABLE = np.arange(8.0).reshape(4, 2)


def test_the_row_of_padding_is_zero_and_does_not_learn():
    layer = nn.Embedding(4, 2, padding_idx=-1, seed=0)
    assert layer.padding_idx == 3
    assert not layer.weight.data[3].any()
    np.sum(layer([[0, 3], [3, 0]])).backward()
    assert layer.weight.grad.tolist() == [[2, 2], [0, 0], [0, 0], [0, 0]]


def test_a_given_table_is_frozen_unless_it_is_to_learn():
    layer = nn.Embedding.from_pretrained(TABLE)
    np.testing.assert_array_equal(layer([1, 3]).data, TABLE[[1, 3]])
    assert layer.weight.dtype == np.float64
    assert not layer.weight.requires_grad
    assert nn.Embedding.from_pretrained(TABLE, freeze=False).weight.requires_grad
    assert nn.EmbeddingBag.from_pretrained(TABLE.astype(np.float32)).weight.dtype == np.float32


def test_bags():
    bags = nn.EmbeddingBag.from_pretrained(TABLE)
    np.testing.assert_array_equal(bags([[0, 1], [2, 2]]).data, [[1, 2], [4, 5]])
    np.testing.assert_array_equal(bags([0, 1, 2], [0, 2]).data, [[1, 2], [4, 5]])


def test_no_numbers_give_no_rows():
    assert nn.Embedding(4, 2)([]).shape == (0, 2)
