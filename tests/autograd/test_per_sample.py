"""Per-sample gradients, against the gradient of each sample by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, ValueArray, grad, no_grad, per_sample_grad, primitive
from autograd.containers import leaves, map_leaves
from autograd.per_sample.samples import RULES
from autograd.primitives import TABLE
from nn import functional

D, T, K = 4, 3, 5  # features, positions in a sequence, outputs


def one_by_one(f, argnums=0):
    """The definition: `grad` of the loss of each sample alone, stacked."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums

    def gradients(*args):
        def alone(i):
            single = [
                arg if j in numbers else map_leaves(lambda leaf: leaf[i : i + 1], arg)
                for j, arg in enumerate(args)
            ]
            return leaves(grad(lambda *a: np.sum(f(*a)), argnums)(*single))

        data = next(arg for j, arg in enumerate(args) if j not in numbers)
        rows = [alone(i) for i in range(len(leaves(data)[0]))]
        return [np.stack(column) for column in zip(*rows, strict=True)]

    return gradients


def counted(f):
    """A function that knows how often it was called."""

    def counting(*args):
        counting.calls += 1
        return f(*args)

    counting.calls = 0
    return counting


def agree(f, *args, argnums=0, calls=1):
    """Compare with the definition, form by form, and look whether one run of f was enough."""
    f = counted(f)
    found = per_sample_grad(f, argnums)(*args)
    assert f.calls == calls
    expected = one_by_one(f, argnums)(*args)
    found = leaves(found)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert type(ours) is np.ndarray
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def squares(y):
    """One loss per sample, in which no two elements count alike."""
    y = y.reshape(len(y), -1)
    return np.sum(y * y * np.linspace(0.5, 1.5, y.shape[1]), axis=1)


@primitive(vjp=lambda g, x, y: 2 * g * x)
def opaque_square(x):
    return x * x


@primitive(derivative=lambda x, y: 3 * x**2)
def cube(x):
    return x**3


# --- networks -----------------------------------------------------------------------------------


def _mlp(p, x):
    return squares(functional.linear(np.tanh(functional.linear(x, p[0], p[1])), p[2], p[3]))


def _conv(p, x):
    h = functional.conv2d(x, p[0], p[1], stride=(2, 1), padding=1)
    h = functional.relu(functional.conv2d(h, p[2], dilation=2, padding="valid", groups=2))
    return squares(functional.avg_pool2d(functional.max_pool2d(h, 2, 1), 2, padding=1))


def _conv_transpose(p, x):
    h = functional.conv_transpose2d(x, p[0], p[1], stride=2, padding=1, output_padding=1)
    return squares(functional.adaptive_avg_pool2d(np.tanh(h), 2))


def _conv1d(p, x):
    return squares(functional.adaptive_max_pool1d(functional.conv1d(x, p[0], p[1]), 2))


def _norms(p, x):
    h = functional.layer_norm(x @ p[0], (T, D), p[1], p[2])
    h = functional.rms_norm(functional.group_norm(h, 3, p[3], p[4]), (D,), p[5])
    return squares(functional.instance_norm(h) * p[1])


def _attention(p, x):
    heads = (len(x), T, 2, D // 2)
    q, k, v = (np.swapaxes((x @ w).reshape(heads), 1, 2) for w in p[:3])
    weights = functional.softmax(q @ np.swapaxes(k, -1, -2) / 2.0, -1)
    mixed = np.swapaxes(weights @ v, 1, 2).reshape(len(x), T, D)
    return squares(x + mixed @ p[3])


def _recurrent(p, x):
    h = np.zeros((len(x), D))
    for t in range(T):
        h = np.tanh(x[:, t] @ p[0] + h @ p[1] + p[2])
    return squares(h)


def _through_operations(p, x):
    masked = p[0] * np.tri(D)
    normed = p[1] * p[2] / np.linalg.norm(p[2], axis=1, keepdims=True)
    low_rank = p[3][:, :2] @ p[3][:, 2:].T
    joined = np.concatenate([masked, np.exp(p[1]) * low_rank, np.sort(p[2], axis=0)], axis=1)
    return squares(x @ joined) + np.sum(normed**2) + np.sum(np.linalg.inv(masked + 5 * np.eye(D)))


def _class_token(p, x):
    token = np.broadcast_to(p[0], (len(x), 1, D))
    sequence = np.concatenate([token, x @ p[1]], axis=1) + p[2]
    return squares(np.stack([sequence, sequence[::, ::-1] * p[3]], axis=2))


def _einsum(p, x):
    h = np.einsum("btd,dhe,h->bhte", x, p[0], p[1])
    h = np.einsum("bhte,bhse->bhts", h, np.tanh(h))
    h = h + np.einsum("bhts,bts->bhts", np.tanh(h), p[3])
    return np.einsum("ijkk,j->i", h, p[1]) + squares(np.tensordot(x, p[2], axes=(2, 0)))


def _products(p, x):
    columns = p[0] @ np.swapaxes(x, -1, -2)  # (K, D) @ (B, D, T)
    row = p[1] @ np.swapaxes(x, -1, -2)  # (D,) @ (B, D, T)
    stacked = x[:, None] @ p[2]  # (B, 1, T, D) @ (2, D, K)
    aside = p[0] @ x[:, 0].T  # samples along the last axis
    vector = x @ p[1]
    outer = np.outer(x[:, 0, 0], p[1])
    return (
        squares(columns) + squares(row) + squares(stacked) + squares(aside.T)
        + squares(vector) + squares(outer) + np.sum(np.tanh(aside), axis=0)
    )  # fmt: skip


def _choices(p, x):
    h = np.where(x > 0, x * p[0], p[1])
    h = np.maximum(h, p[1]) + np.clip(h, -0.5, p[0].data.max()) + cube(h)
    return squares(np.hypot(h, p[0][::-1])) + p[2] ** 2 * p[2]


def _repeated(p, x):
    tiled = np.tile(p[0][None], (len(x), 1, 1)) @ x[:, :, None]
    repeated = np.repeat(p[1][None] * 2, len(x), axis=0) * x
    return squares(tiled) + squares(repeated) + squares(p[0][x.argmax(axis=1)])


def _folded(p, x):
    folded = (x @ p[0]).reshape(len(x) * T, K)  # three rows per sample
    return squares((np.tanh(folded + p[1]) @ p[2]).reshape(len(x), T, D))


#: Function, shapes of its parameters, shape of a sample.
NETWORKS = {
    "mlp": (_mlp, [(K, D), (K,), (2, K), (2,)], (D,)),
    "convolution": (_conv, [(4, 2, 3, 3), (4,), (2, 2, 2, 2)], (2, 9, 8)),
    "transposed convolution": (_conv_transpose, [(2, 3, 3, 2), (3,)], (2, 4, 3)),
    "convolution in one dimension": (_conv1d, [(3, 2, 2), (3,)], (2, 6)),
    "normalisation": (_norms, [(D, D), (T, D), (T, D), (T,), (T,), (D,)], (T, D)),
    "attention": (_attention, [(D, D)] * 4, (T, D)),
    "recurrence": (_recurrent, [(D, D), (D, D), (D,)], (T, D)),
    "parameters through operations": (_through_operations, [(D, D), (), (D, D), (D, D)], (D,)),
    "class token": (_class_token, [(1, 1, D), (D, D), (T + 1, D), (D,)], (T, D)),
    "einsum": (_einsum, [(D, 2, 3), (2,), (D, K), (1, T, T)], (T, D)),
    "products": (_products, [(K, D), (D,), (2, D, K)], (T, D)),
    "choices": (_choices, [(D,), (1,), ()], (D,)),
    "repeated": (_repeated, [(D, D), (D,)], (D,)),
    "folded": (_folded, [(D, K), (K,), (K, D)], (T, D)),
}


@pytest.mark.parametrize("name", NETWORKS)
@settings(derandomize=True, deadline=None, max_examples=8)
@given(count=st.integers(1, 5), seed=st.integers(0, 99))
def test_one_run_gives_the_gradients_of_each_sample(name, count, seed):
    f, parameters, sample = NETWORKS[name]
    rng = np.random.default_rng(seed)
    p = [rng.normal(size=shape) for shape in parameters]
    agree(f, p, rng.normal(size=(count, *sample)))


def _both(operation, **options):
    return lambda h, i, j: operation(h, axis=(i, j), **options)


def _one(operation):
    return lambda h, i, j: operation(h, axis=i)


def _stacked(operation):
    """On matrices in the last two axes, made positive definite."""
    return lambda h, i, j: operation(h @ np.swapaxes(h, 1, 2) + np.eye(h.shape[1]))


#: One call for every rule: of an array with three axes, two of which (i, j) hold no samples.
OPERATIONS = {
    "broadcast_to": lambda h, i, j: np.broadcast_to(h, (2, *h.shape)),
    "concatenate": lambda h, i, j: np.concatenate([h, 2 * h], axis=i),
    "conjugate": lambda h, i, j: np.conj(h * (1 + 2j)).imag,
    "cumsum": _one(np.cumsum),
    "diagonal": lambda h, i, j: np.diagonal(h, axis1=i, axis2=j),
    "fftn": lambda h, i, j: np.fft.fftn(h, axes=(i, j)).real,
    "flip": _both(np.flip),
    "getitem": lambda h, i, j: np.take(h, [0, 2, 0], axis=i),
    "ifftn": lambda h, i, j: np.fft.ifft(h, axis=j).imag,
    "imag": lambda h, i, j: (h * 2j).imag,
    "irfftn": lambda h, i, j: np.fft.irfft(h, axis=i),
    "log_softmax": lambda h, i, j: functional.log_softmax(h, i),
    "logaddexp.accumulate": _one(np.logaddexp.accumulate),
    "logsumexp": _one(np.logaddexp.reduce),
    "max": _both(np.max),
    "maximum.accumulate": _one(np.maximum.accumulate),
    "mean": _both(np.mean, keepdims=True),
    "min": _one(np.min),
    "minimum.accumulate": _one(np.minimum.accumulate),
    "multiply.accumulate": _one(np.cumprod),
    "nanmax": _one(np.nanmax),
    "nanmin": _both(np.nanmin),
    "norm": _both(np.linalg.norm),
    "p_norm": lambda h, i, j: np.linalg.norm(h, 3, axis=i),
    "pad": lambda h, i, j: np.pad(h, [(int(k == i), int(k == i)) for k in range(3)]),
    "prod": _both(np.prod),
    "real": lambda h, i, j: (h * (3 - 1j)).real,
    "repeat": lambda h, i, j: np.repeat(h, 2, axis=i),
    "reshape": lambda h, i, j: np.expand_dims(h, (1, 2)),
    "rfftn": lambda h, i, j: np.fft.rfft(h, axis=i).real,
    "roll": lambda h, i, j: np.roll(h, 1, axis=i),
    "rot90": lambda h, i, j: np.rot90(h, axes=(i, j)),
    "sliding_window_view": lambda h, i, j: np.lib.stride_tricks.sliding_window_view(h, 2, axis=i),
    "softmax": lambda h, i, j: functional.softmax(h, j),
    "sort": _one(np.sort),
    "stack": lambda h, i, j: np.stack([h, 2 * h], axis=i),
    "std": _both(np.std),
    "sum": _both(np.sum),
    "tile": lambda h, i, j: np.tile(h, [1 + (k == i) for k in range(3)]),
    "transpose": lambda h, i, j: np.swapaxes(h, i, j),
    "var": _one(np.var),
}
OF_MATRICES = {
    "cholesky": _stacked(np.linalg.cholesky),
    "cofactor": _stacked(TABLE["cofactor"]),
    "det": _stacked(np.linalg.det),
    "inv": _stacked(np.linalg.inv),
    "tril": lambda h, i, j: np.tril(h),
    "triu": lambda h, i, j: np.triu(h),
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("name", OPERATIONS)
def test_rules_wherever_the_samples_lie(name, place):
    _require_rule(OPERATIONS[name], place)


@pytest.mark.parametrize("name", OF_MATRICES)
def test_rules_for_stacks_of_matrices(name):
    _require_rule(OF_MATRICES[name], 0)


def _require_rule(operation, place):
    count = 7  # no other axis becomes as long
    i, j = (k for k in (2, 0, 1) if k != place)

    rng = np.random.default_rng(place)
    w, x = rng.normal(size=(T, D)), rng.normal(size=(count, T, D))
    axis = operation(np.moveaxis(x, 0, place), i, j).shape.index(count)

    def f(w, x):
        return squares(np.moveaxis(operation(np.moveaxis(x * w, 0, place), i, j), axis, 0))

    agree(f, w, x)


def test_every_rule_is_tried_and_belongs_to_an_operation():
    in_networks = {"correlate", "correlate_input", "einsum", "matmul", "max_pool", "sum_pool"}
    assert OPERATIONS.keys() | OF_MATRICES.keys() | in_networks == RULES.keys()
    assert RULES.keys() <= TABLE.keys()


@settings(derandomize=True, deadline=None, max_examples=15)
@given(count=st.integers(1, 6), seed=st.integers(0, 99), padding=st.sampled_from([None, 1]))
def test_embedding_with_tied_weights_and_labels(count, seed, padding):
    """Also where there are as many words as samples."""

    def f(p, data):
        rows = functional.embedding(data["words"], p["table"] * p["scale"], padding)
        logits = np.mean(rows, axis=1) @ p["table"].T
        return functional.cross_entropy(logits, data["next"], reduction="none")

    rng = np.random.default_rng(seed)
    p = {"table": rng.normal(size=(5, D)), "scale": np.float64(0.5)}
    data = {"words": rng.integers(0, 5, (count, T)), "next": rng.integers(0, 5, count)}
    agree(f, p, data)


def test_every_sample_its_own_row_of_a_table():
    """Rows that are looked up in order look as if they belonged to the samples."""
    table, order = np.random.default_rng(0).normal(size=(4, D)), np.arange(4)
    agree(lambda w, i: squares(w[i]), table, order)
    agree(lambda w, i: squares(w[i] @ w.T), table, order)
    # What looks like interaction is none, as the loop over the samples finds.
    agree(lambda w, i: (lambda h: squares(h[i] @ h.T))(np.tanh(w)), table, order, calls=5)
    agree(lambda w, i: squares(functional.softmax(w, 0)[i]), table, order, calls=5)


@pytest.mark.parametrize("reduce", [functional.nll_loss, functional.cross_entropy])
def test_losses_of_every_position(reduce):
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(D, D)), rng.normal(size=(3, D, T))
    y = rng.integers(0, D, (3, T))
    agree(lambda w, x, y: reduce(w @ x, y, reduction="none").mean(axis=1), w, x, y)


@pytest.mark.parametrize(
    "loss",
    [
        functional.mse_loss,
        functional.cross_entropy,
        lambda x, y, reduction: functional.binary_cross_entropy(
            functional.sigmoid(x), y, reduction=reduction
        ),
        functional.binary_cross_entropy_with_logits,
    ],
)
def test_losses_against_probabilities(loss):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(4, D)), rng.random((4, K))

    def f(w, x, y):
        losses = loss(x @ w, y, reduction="none")
        return losses if losses.ndim == 1 else losses.sum(axis=1)

    agree(f, rng.normal(size=(D, K)), x, y)


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: squares(np.linalg.solve(np.eye(D) + w, x[..., None])),
        lambda w, x: squares(opaque_square(x * w[0])),
        lambda w, x: np.stack([np.sum(np.tanh(w @ row)) for row in x]),
    ],
)
def test_an_operation_without_a_rule_takes_the_loop(f):
    rng = np.random.default_rng(3)
    agree(f, rng.normal(size=(D, D)) / 9, rng.normal(size=(3, D)), calls=1 + 3)


# --- arguments -----------------------------------------------------------------------------------


def test_containers_and_argnums():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3, D))

    def f(p, x, scale):
        return squares(x @ p["w"] + p["b"][0]) * scale + p["b"][1] * scale**3

    p = {"w": rng.normal(size=(D, K)), "b": (rng.normal(size=K), 2.0)}
    g = per_sample_grad(f)(p, x, np.ones(3))
    assert g["w"].shape == (3, D, K)
    assert isinstance(g["b"], tuple)
    np.testing.assert_array_equal(g["b"][1], np.ones(3))
    of_p, of_scale = per_sample_grad(lambda p, x, s: f(p, x, s), argnums=(0, -1))(p, x, 1.5)
    np.testing.assert_allclose(of_p["w"], 1.5 * g["w"], rtol=1e-12)
    assert of_scale.shape == (3,)
    agree(f, p, x, 1.5, argnums=(0, 2))
    keyword = per_sample_grad(f)(p, x, scale=1.5)
    np.testing.assert_array_equal(keyword["w"], of_p["w"])


def test_scalar_parameters():
    x = np.array([1.0, -2.0, 3.0])
    agree(lambda a, x: (a * a + 1.0) * x**2, 3.0, x)
    w = Value(3.0)
    np.testing.assert_array_equal(per_sample_grad(lambda w, x: w * w * x)(w, x), 6 * x)
    assert w.grad is None


def test_variables_of_a_model_are_given_as_they_stand():
    rng = np.random.default_rng(5)
    w, b = Tensor(rng.normal(size=(D, K))), Tensor(np.zeros(K))
    x = rng.normal(size=(3, D))

    def f(parameters, x):
        return squares(x @ w + b)

    g = per_sample_grad(f)({"w": w, "b": b}, x)
    expected = one_by_one(lambda p, x: squares(x @ p[0] + p[1]))([w.data, b.data], x)
    np.testing.assert_allclose(g["w"], expected[0], rtol=1e-12)
    np.testing.assert_allclose(g["b"], expected[1], rtol=1e-12)
    assert w.grad is None
    assert b.grad is None
    only = per_sample_grad(f)(w, x)
    np.testing.assert_array_equal(only, g["w"])


def test_a_computed_node_is_a_variable_of_its_own():
    w = Tensor([1.0, 2.0])
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    doubled = w * 2.0
    of_w, of_doubled = per_sample_grad(lambda a, b, x: x @ a * (x @ b), (0, 1))(w, doubled, x)
    np.testing.assert_array_equal(of_w, x * (x @ doubled.data)[:, None])
    np.testing.assert_array_equal(of_doubled, x * (x @ w.data)[:, None])


def test_data_may_be_nodes():
    x = Tensor(np.arange(6.0).reshape(3, 2))
    w = np.array([1.0, -1.0])
    np.testing.assert_array_equal(per_sample_grad(lambda w, x: x @ w)(w, x), x.data)
    found = per_sample_grad(lambda w, x: squares(np.tanh(x) * w))(w, x)
    expected = one_by_one(lambda w, x: squares(np.tanh(x) * w))(w, x.data)
    np.testing.assert_allclose(found, expected[0], rtol=1e-12)
    assert x.grad is None


def test_single_precision_stays():
    rng = np.random.default_rng(6)
    p = [rng.normal(size=shape).astype(np.float32) for shape in [(K, D), (K,), (2, K), (2,)]]
    x = rng.normal(size=(3, D)).astype(np.float32)
    for g in per_sample_grad(_mlp)(p, x):
        assert g.dtype == np.float32
    for g in per_sample_grad(lambda p, x: squares(opaque_square(x @ p)))(p[0].T, x):
        assert g.dtype == np.float32


def test_complex_values_on_the_way():
    rng = np.random.default_rng(7)
    w = rng.normal(size=(D, K)) + 1j * rng.normal(size=(D, K))
    x = rng.normal(size=(3, D))
    agree(lambda w, x: squares(np.abs(x @ w + np.conj(x @ w[::-1]))), w, x)
    agree(lambda w, x: squares(np.fft.ifft(np.fft.fft(x * w) ** 2).real), x[0], x)
    kernel, signal = w[:, None, :2], x[:, None] * (1 - 2j)
    agree(lambda w, x: squares(np.abs(functional.conv1d(x, w))), kernel, signal)
    spread = np.swapaxes(kernel, 0, 1)
    agree(lambda w, x: squares(np.abs(functional.conv_transpose1d(x, w))), spread, signal)


def test_what_the_losses_do_not_depend_on_gets_zeros():
    x = np.ones((3, 2), np.float32)
    g = per_sample_grad(lambda p, x: np.sum(x * p[0], axis=1))((x[0], x[0], 2.0), x)
    np.testing.assert_array_equal(g[1], np.zeros((3, 2)))
    assert g[1].dtype == np.float32
    np.testing.assert_array_equal(g[2], np.zeros(3))
    np.testing.assert_array_equal(per_sample_grad(lambda p, x: x[:, 0])(x[0], x), np.zeros((3, 2)))


def test_inside_no_grad():
    with no_grad():
        g = per_sample_grad(lambda w, x: x @ w)(np.ones(2), np.eye(2))
    np.testing.assert_array_equal(g, np.eye(2))


def test_results_share_no_memory():
    x = np.arange(6.0).reshape(3, 2)
    a, b, c = per_sample_grad(lambda p, x: np.sum(x + p[0] + p[1] - p[2].T.T, axis=1))(
        (np.ones(2), np.ones(2), np.ones((1, 2))), x
    )
    a += 1.0
    np.testing.assert_array_equal(b, np.ones((3, 2)))
    np.testing.assert_array_equal(c, -np.ones((3, 1, 2)))
    loss_alone = per_sample_grad(lambda p, x: p[0] + p[1] + x)((np.ones(1), np.ones(1)), x[:, 0])
    loss_alone[0][:] = 5.0
    np.testing.assert_array_equal(loss_alone[1], np.ones((3, 1)))


def test_other_variables_are_let_alone():
    other = Tensor(np.ones((2, 2)))
    g = per_sample_grad(lambda w, x: squares((x @ other) * w))(np.ones(2), np.eye(2))
    assert type(g) is np.ndarray
    assert other.grad is None


# --- refused -------------------------------------------------------------------------------------

X = np.random.default_rng(8).normal(size=(4, D))
W = np.random.default_rng(9).normal(size=(D, K))


def _batch_norm(w, x):
    return squares(functional.batch_norm(x @ w, None, None, training=True))


@pytest.mark.parametrize(
    ("f", "operation"),
    [
        (_batch_norm, "mean"),
        (lambda w, x: squares((x @ w) @ (x @ w).T), "matmul"),
        (lambda w, x: (lambda y: y - y.mean())(squares(x @ w)), "mean"),
        (lambda w, x: squares(functional.softmax(x @ w, 0)), "softmax"),
        (lambda w, x: np.cumsum(squares(x @ w), axis=0), "cumsum"),
        (lambda w, x: (lambda h: squares(h - np.max(h, axis=0)))(x @ w), "max"),
        (lambda w, x: squares(np.ones((len(x), 1)) * np.mean(x @ w, axis=0)), "mean"),
        (lambda w, x: squares((x @ w)[::-1]), "getitem"),
    ],
)
def test_samples_that_interact_are_refused(f, operation):
    with pytest.raises(ValueError, match=f"samples interact in Tensor made by '{operation}'"):
        per_sample_grad(f)(W, X)


def test_the_scope_of_an_interaction_is_named():
    from nn import Linear, Module, Sequential

    class Standardise(Module):
        def forward(self, x):
            return x - x.mean(axis=0)

    model = Sequential(Linear(D, K, seed=0), Standardise(), Linear(K, 2, seed=1))
    f = per_sample_grad(lambda p, x: squares(model(x)))
    with pytest.raises(ValueError, match=r"made by 'mean' in '1': .* evaluation mode"):
        f(dict(model.named_parameters()), X)


def test_a_model_and_its_parameters():
    from nn import Linear, ReLU, Sequential

    model = Sequential(Linear(D, K, seed=0), ReLU(), Linear(K, 2, seed=1))
    y = np.array([0, 1, 1, 0])

    def f(parameters, x, y):
        return functional.cross_entropy(model(x), y, reduction="none")

    g = per_sample_grad(f)(dict(model.named_parameters()), X, y)
    np.mean(f(None, X, y)).backward()
    assert list(g) == [name for name, _ in model.named_parameters()]
    for name, parameter in model.named_parameters():
        assert g[name].dtype == np.float32
        np.testing.assert_allclose(g[name].mean(axis=0), parameter.grad, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("f", "returned"),
    [
        (lambda w, x: np.sum(x @ w), "a Tensor; use"),
        (lambda w, x: x @ w, r"a Tensor of shape \(4, 5\)"),
        (lambda w, x: [squares(x @ w)], "a list"),
        (lambda w, x: 3.0, "a float"),
    ],
)
def test_results_other_than_one_loss_per_sample(f, returned):
    with pytest.raises(ValueError, match=rf"one loss per sample, of shape \(4,\).*{returned}"):
        per_sample_grad(f)(W, X)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((W, X, X[:3]), "argument 1 has 4, argument 2 has 3"),
        ((W, X[:0]), "at least one sample, but the data hold none"),
        ((W,), "all arguments are in argnums"),
        ((W, X, 2.0), "argument 2 holds a float without an axis"),
        ((W, X, [[1.0]]), "argument 2 holds a float without an axis"),
        ((), "argument 0"),
    ],
)
def test_data_that_are_no_batch(args, message):
    with pytest.raises(ValueError, match=message):
        per_sample_grad(lambda w, *data: squares(data[0] @ w))(*args)


def test_what_has_no_derivative():
    with pytest.raises(TypeError, match="str, which has no derivative"):
        per_sample_grad(lambda w, x: x)("w", X)
    with pytest.raises(ValueError, match="needs real losses"):
        per_sample_grad(lambda w, x: 1j * squares(x @ w))(W, X)
    with pytest.raises(TypeError, match="ValueArray"):
        per_sample_grad(lambda w, x: ValueArray(np.ones(4)) * w)(2.0, X)
