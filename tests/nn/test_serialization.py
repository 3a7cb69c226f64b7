"""Weights in safetensors files: what is saved comes back, and nothing else is loaded."""

import json
import os
import pickle
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import nn
from nn import serialization

DTYPES = ["f2", "f4", "f8", "c8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


class Tied(nn.Module):
    """A table that is used on both sides, as in a language model."""

    def __init__(self, seed=0):
        self.table = nn.Embedding(5, 3, seed=seed)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.table.weight

    def forward(self, x):
        return self.head(self.table(x))


def network(seed=0, out=2):
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, seed=seed), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, out, seed=seed)
    )


def states_equal(one, other):
    assert list(one) == list(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], strict=True)


def written(path, header, body=b""):
    """A file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


# --- there and back -------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.text(max_size=5).filter(lambda name: name != "__metadata__"),
        st.sampled_from(DTYPES).flatmap(
            lambda dtype: arrays.arrays(
                dtype, arrays.array_shapes(min_dims=0, min_side=0, max_dims=3)
            )
        ),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_every_array_comes_back(tmp_path_factory, state, metadata):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    nn.save(state, path, metadata)
    found = nn.read_weights(path)
    assert found.metadata == metadata
    assert found.arrays.keys() == state.keys()
    for key, array in state.items():
        np.testing.assert_array_equal(found.arrays[key], array, strict=True)
        assert found.arrays[key].flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-2],
        np.broadcast_to(np.float32(2), (2, 3)),
        np.arange(4, dtype=">i4"),
        np.asfortranarray(np.eye(3)),
        np.array(3.5),
        [1.0, 2.0],
        7,
        nn.Parameter([1.0, 2.0]),
    ],
)
def test_arrays_of_any_layout_are_saved_by_value(tmp_path, array):
    nn.save({"x": array}, tmp_path / "a")
    expected = np.asarray(
        getattr(array, "data", array) if isinstance(array, nn.Parameter) else array
    )
    found = nn.read_weights(tmp_path / "a").arrays["x"]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype.newbyteorder("=")


def test_a_model_comes_back(tmp_path):
    model, other = network(0), network(1)
    model(np.random.default_rng(0).normal(size=(3, 1, 4, 4)))  # moves the running numbers
    nn.save(model, tmp_path / "m.safetensors", {"epoch": "3"})
    assert nn.load(other, tmp_path / "m.safetensors") == ([], [])
    states_equal(other.state_dict(), model.state_dict())
    assert nn.read_weights(tmp_path / "m.safetensors").metadata == {"epoch": "3"}


def test_a_model_on_scalar_nodes_comes_back(tmp_path):
    model = nn.MLP((2, 3, 1), seed=0)
    nn.save(model.to_values(), tmp_path / "m")
    other = nn.MLP((2, 3, 1), seed=1).to_values()
    nn.load(other, tmp_path / "m")
    for key, array in model.state_dict().items():
        np.testing.assert_allclose(other.state_dict()[key].astype(float), array)


def test_what_a_model_shares_is_written_once(tmp_path):
    model, other = Tied(0), Tied(1)
    nn.save(model, tmp_path / "m", {"by": "us"})
    found = nn.read_weights(tmp_path / "m")
    assert list(found.arrays) == ["table.weight"]
    assert found.metadata == {"by": "us", "head.weight": "table.weight"}
    assert nn.load(other, tmp_path / "m") == ([], [])
    np.testing.assert_array_equal(other.head.weight.data, model.table.weight.data)
    assert other.head.weight is other.table.weight


@pytest.mark.parametrize(
    "keys", [["head.weight"], ["table.weight"], ["table.weight", "head.weight"]]
)
def test_a_shared_parameter_is_found_under_any_of_its_keys(tmp_path, keys):
    table = np.arange(15.0).reshape(5, 3)
    nn.save(dict.fromkeys(keys, table), tmp_path / "m")
    model = Tied()
    nn.load(model, tmp_path / "m")
    np.testing.assert_array_equal(model.table.weight.data, table)


def test_numbers_take_the_dtype_of_the_model(tmp_path):
    model = nn.Linear(2, 1, seed=0)
    state = {key: array.astype(np.float16) for key, array in model.state_dict().items()}
    nn.save(state, tmp_path / "m")
    other = nn.Linear(2, 1, dtype=np.float64, seed=1)
    nn.load(other, tmp_path / "m")
    assert other.weight.dtype == np.float64
    np.testing.assert_array_equal(other.weight.data, state["weight"].astype(float))


def test_bfloat16_becomes_float32_exactly(tmp_path):
    numbers = np.array([[1.0, -2.5], [3.0e38, np.inf]], np.float32)
    upper = (numbers.view(np.uint32) >> 16).astype("<u2")
    header = {"x": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    found = nn.read_weights(written(tmp_path / "m", header, upper.tobytes())).arrays["x"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, (upper.astype(np.uint32) << 16).view(np.float32))


def test_not_strict(tmp_path):
    model = network(0, out=2)
    state = model.state_dict()
    del state["3.bias"]
    nn.save({**state, "more": np.ones(2)}, tmp_path / "m")
    other = network(1)
    bias = other[3].bias.data.copy()
    assert nn.load(other, tmp_path / "m", strict=False) == (["3.bias"], ["more"])
    np.testing.assert_array_equal(other[3].bias.data, bias)
    np.testing.assert_array_equal(other[3].weight.data, model[3].weight.data)


# --- what does not fit ----------------------------------------------------------------------------


def refused(path, model=None):
    """The one sentence with which a file is refused; the model stays as it is."""
    model = model or network()
    before = model.state_dict()
    with pytest.raises(ValueError, match=re.escape(repr(str(path)))) as info:
        nn.load(model, path)
    states_equal(model.state_dict(), before)
    text = str(info.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_keys_and_shapes_that_differ_are_all_listed(tmp_path):
    state = network(out=5).state_dict()
    del state["0.bias"], state["1.running_var"]
    nn.save({**state, "old": np.ones(2)}, tmp_path / "m")
    text = refused(tmp_path / "m")
    assert "3.weight has shape (2, 8) here and (5, 8) in the state" in text
    assert "3.bias has shape (2,) here and (5,) in the state" in text
    assert "the state lacks 0.bias, 1.running_var" in text
    assert "the module lacks old" in text


@pytest.mark.parametrize("share", [0, 1e-9, 0.2, 0.5, 0.999])
def test_a_file_that_is_cut_short(tmp_path, share):
    nn.save(network(), tmp_path / "m")
    content = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(content[: -1 if share == 0.999 else int(share * len(content))])
    assert "short" in refused(tmp_path / "m")


def test_a_file_that_goes_on(tmp_path):
    nn.save(network(), tmp_path / "m")
    with open(tmp_path / "m", "ab") as file:
        file.write(b"!")
    assert "goes on behind its end" in refused(tmp_path / "m")


def test_foreign_files(tmp_path):
    path = tmp_path / "m"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", b"")
    assert "zip archive, as torch.save" in refused(path)
    path.write_bytes(pickle.dumps({"0.weight": [1.0]}))
    assert "a pickle" in refused(path)
    np.savez(path.with_suffix(".npz"), x=np.ones(2))
    assert "np.savez" in refused(path.with_suffix(".npz"))
    np.save(path.with_suffix(".npy"), np.ones(2))
    assert "np.save" in refused(path.with_suffix(".npy"))
    path.write_text("epoch,loss\n1,0.5\n")
    assert "another kind of file" in refused(path)
    path.write_text('{"weights": [1, 2, 3]}')
    assert "another kind of file" in refused(path)


class Trap:
    """Unpickled, it leaves a trace."""

    def __reduce__(self):
        return os.mkdir, ("trapped",)


def test_nothing_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").write_bytes(pickle.dumps(Trap()))
    refused(tmp_path / "m")
    assert not (tmp_path / "trapped").exists()


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"{ no JSON", "its header is damaged"),
        (b'{"x": \xff}', "its header is damaged"),
        (b'{"x":' + b"[" * 100_000, "its header is damaged"),
        (b'{"x": 1, "x": 1}', "a name stands there twice"),
        ({"x": 3}, "does not describe x"),
        ({"x": {"dtype": "F32"}}, "does not describe x"),
        ({"x": {**ENTRY, "data_offsets": [0]}}, "does not describe x"),
        ({"x": {**ENTRY, "shape": [-2]}}, "x cannot have dtype F32, shape [-2]"),
        ({"x": {**ENTRY, "shape": ["2"]}}, "x cannot have"),
        ({"x": {**ENTRY, "shape": [3]}}, "x cannot have dtype F32, shape [3] and 0…8"),
        ({"x": {**ENTRY, "dtype": "F8_E4M3"}}, "x has dtype F8_E4M3, which numpy lacks"),
        ({"x": {**ENTRY, "dtype": ["F32"]}}, "does not describe x"),
        ({"x": ENTRY, "y": ENTRY}, "a gap, or an overlap"),
        ({"x": {**ENTRY, "data_offsets": [4, 12]}}, "a gap, or an overlap, before x"),
        ({"x": ENTRY, "__metadata__": {"epoch": 3}}, "metadata is not text by text"),
        ({"x": ENTRY, "__metadata__": 3}, "metadata is not text by text"),
    ],
)
def test_a_header_that_contradicts_itself(tmp_path, header, why):
    assert why in refused(written(tmp_path / "m", header, b"\0" * 8))


@given(st.binary(max_size=200))
def test_no_file_does_more_than_raise_value_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        nn.read_weights(path)


@given(st.data())
def test_a_changed_byte_is_noticed_or_changes_numbers_only(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "changed"
    nn.save({"x": np.ones(3), "y": np.arange(2)}, path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        nn.read_weights(path)
    except ValueError as error:
        assert "not a whole safetensors file" in str(error)  # noqa: PT017 - most files raise


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "metadata", "why"),
    [
        ({"x": np.ones(2, complex)}, None, "x has dtype complex128, which safetensors files lack"),
        ({"x": np.array(["a"])}, None, "x has dtype <U1"),
        ({"x": [object()]}, None, "x has dtype object"),
        ({3: np.ones(2)}, None, "saved under names"),
        ({"__metadata__": np.ones(2)}, None, "saved under names"),
        ({"x": np.ones(2)}, {"epoch": 3}, "metadata is text by text"),
    ],
)
def test_what_cannot_be_written_leaves_the_old_file(tmp_path, state, metadata, why):
    nn.save({"old": np.ones(1)}, tmp_path / "m")
    with pytest.raises(TypeError, match=re.escape(why)):
        nn.save(state, tmp_path / "m", metadata)
    assert list(nn.read_weights(tmp_path / "m").arrays) == ["old"]
    assert os.listdir(tmp_path) == ["m"]


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path, monkeypatch):
    nn.save({"old": np.ones(1)}, tmp_path / "m")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(serialization.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        nn.save(network(), tmp_path / "m")
    assert list(nn.read_weights(tmp_path / "m").arrays) == ["old"]
    assert os.listdir(tmp_path) == ["m"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "best").symlink_to(tmp_path / "runs" / "3")
    nn.save({"x": np.ones(1)}, tmp_path / "best")
    assert (tmp_path / "best").is_symlink()
    assert list(nn.read_weights(tmp_path / "runs" / "3").arrays) == ["x"]


def test_numbers_begin_at_multiples_of_their_width(tmp_path):
    state = {f"{i}": np.zeros(3, dtype) for i, dtype in enumerate(DTYPES)}
    nn.save(state, tmp_path / "m")
    content = (tmp_path / "m").read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    header = json.loads(content[8 : 8 + length])
    for key, entry in header.items():
        assert entry["data_offsets"][0] % state[key].itemsize == 0


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        nn.load(network(), tmp_path / "nowhere")
