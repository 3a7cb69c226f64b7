"""Tests of the file in which a nested state is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nn.training import archive

KEYS = st.text(max_size=3) | st.integers() | st.booleans() | st.none()
STATES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | arrays.arrays(
        st.sampled_from(["f4", "f8", "i8", "u1", "?", "c16"]), st.sampled_from([(2, 0), 3])
    )
    | st.floats(width=32).map(np.float32),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


def assert_same(first, second):
    assert type(first) is type(second)
    if isinstance(first, dict):
        assert_same(list(first), list(second))
        first, second = list(first.values()), list(second.values())
    if isinstance(first, list | tuple):
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    elif isinstance(first, np.ndarray):
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        assert first.tobytes() == second.tobytes()
    elif isinstance(first, float | np.floating):
        np.testing.assert_array_equal(first, second)
    else:
        assert first == second


@given(STATES)
def test_what_is_read_is_what_was_written(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("archive") / "state.npz"
    archive.write(path, state)
    assert_same(archive.read(path), state)
    assert [file.name for file in path.parent.iterdir()] == ["state.npz"]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    archive.write(path, {"step": 1})

    def cut_short(file, **content):
        file.write(b"half")
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", cut_short)
        with pytest.raises(OSError, match="no space left"):
            archive.write(path, {"step": 2})
    assert archive.read(path) == {"step": 1}
    archive.write(path, {"step": 3})
    assert archive.read(path) == {"step": 3}
    assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("state", [{"f": print}, np.array([print]), {1, 2}])
def test_what_cannot_be_read_back_is_not_written(tmp_path, state):
    with pytest.raises(TypeError, match="a checkpoint holds numbers, text, arrays"):
        archive.write(tmp_path / "state.npz", state)
    assert list(tmp_path.iterdir()) == []
