"""Tests of attention, positions and transformers beyond what PyTorch can be asked about."""

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(2, 5, 4))


def test_causal_attention_does_not_look_ahead():
    layer = nn.MultiheadAttention(4, 2, batch_first=True, dtype=np.float64, seed=0)
    changed = X.copy()
    changed[:, 3:] += 1.0
    for need_weights in (True, False):
        before, _ = layer(X, X, X, need_weights=need_weights, is_causal=True)
        after, _ = layer(changed, changed, changed, need_weights=need_weights, is_causal=True)
        np.testing.assert_allclose(after.data[:, :3], before.data[:, :3], rtol=1e-12)
        assert not np.allclose(after.data[:, 3:], before.data[:, 3:])


def test_weights_are_shares():
    layer = nn.MultiheadAttention(4, 2, batch_first=True, dtype=np.float64, seed=0)
    _, mean = layer(X, X, X)
    _, each = layer(X, X, X, average_attn_weights=False)
    assert each.shape == (2, 2, 5, 5)
    np.testing.assert_allclose(each.data.sum(axis=-1), 1.0)
    np.testing.assert_allclose(each.data.mean(axis=1), mean.data)
    assert layer(X, X, X, need_weights=False)[1] is None


def test_positions_are_sines_and_cosines():
    layer = nn.SinusoidalPositions(4, batch_first=True)
    table = layer(np.zeros((2, 5, 4)))
    np.testing.assert_allclose(
        table[1, 3], [np.sin(3), np.cos(3), np.sin(3 / 100), np.cos(3 / 100)]
    )
    np.testing.assert_allclose(nn.SinusoidalPositions(4)(np.zeros((5, 2, 4)))[:, 0], table[0])
    np.testing.assert_allclose(layer(np.zeros((5, 4))), table[0])
    assert nn.SinusoidalPositions(3).table(2).shape == (2, 3)


def test_copies_start_equal_and_drop_differently():
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.5, seed=0)
    stack = nn.TransformerEncoder(layer, 2, nn.LayerNorm(4))
    first, second = stack.layers
    np.testing.assert_array_equal(first.linear1.weight.data, second.linear1.weight.data)
    assert first.linear1.weight is not second.linear1.weight
    x = np.ones((3, 2, 4))
    assert not np.array_equal(first(x).data, second(x).data)
    np.testing.assert_array_equal(first.eval()(x).data, second.eval()(x).data)
    assert list(stack.state_dict())[-1] == "norm.bias"


def test_a_transformer_scopes_its_parts():
    model = nn.Transformer(4, 2, 1, 1, 8, seed=0)
    y = model(np.ones((3, 2, 4)), np.ones((2, 2, 4)))
    assert y.shape == (2, 2, 4)
    assert y.scope == "decoder.norm"


def test_the_mask_of_what_comes_later():
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    assert mask.dtype == np.float32
    np.testing.assert_array_equal(np.isinf(mask), np.triu(np.ones((3, 3), bool), 1))


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_activations_by_name(name):
    function = getattr(nn.functional, name)
    one = nn.TransformerEncoderLayer(4, 2, 8, 0.0, name, seed=0)
    other = nn.TransformerEncoderLayer(4, 2, 8, 0.0, function, seed=0)
    np.testing.assert_array_equal(one(X).data, other(X).data)


def test_a_position_that_may_attend_to_nothing():
    layer = nn.MultiheadAttention(4, 2, batch_first=True, dtype=np.float64, seed=0)
    mask = np.zeros((5, 5), bool)
    mask[2] = True
    with np.errstate(invalid="ignore"):
        output, weights = layer(X, X, X, attn_mask=mask)
    assert np.isnan(output.data).any(axis=(0, 2)).tolist() == [False, False, True, False, False]
    assert np.isnan(weights.data[:, 2]).all()
    output, _ = layer(X, X, X, need_weights=False, attn_mask=mask)
    np.testing.assert_array_equal(output.data[:, 2], [layer.out_proj.bias.data] * 2)
