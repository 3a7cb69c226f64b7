"""Weight files and ONNX files, read by others: safetensors' own library, PyTorch, a new process."""

import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import nn

pytestmark = pytest.mark.oracle

onnxruntime.set_default_logger_severity(4)

DTYPES = [
    *("float16", "float32", "float64", "complex64", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
]


def state():
    rng = np.random.default_rng(0)
    return {
        f"{name}.{shape}": np.asarray(10 * rng.normal(size=shape)).astype(name)
        for name in DTYPES
        for shape in [(), (0,), (3,), (2, 3)]
        if not name.startswith("uint")
    } | {name: np.arange(2, dtype=name) for name in DTYPES}


# --- safetensors ----------------------------------------------------------------------------------


def test_their_library_reads_ours(tmp_path):
    nn.save(state(), tmp_path / "m", {"by": "us", "ä": "ö"})
    for load in (safetensors.numpy.load_file, safetensors.torch.load_file):
        found = load(tmp_path / "m")
        assert found.keys() == state().keys()
        for key, array in state().items():
            numbers = np.asarray(found[key])
            np.testing.assert_array_equal(numbers, array, strict=True)
    with safetensors.safe_open(tmp_path / "m", "np") as file:
        assert file.metadata() == {"by": "us", "ä": "ö"}


@pytest.mark.parametrize("library", [safetensors.numpy, safetensors.torch])
def test_we_read_theirs(library, tmp_path):
    wanted = torch.from_numpy if library is safetensors.torch else np.asarray
    given = {key: wanted(array) for key, array in state().items()}
    library.save_file(given, tmp_path / "m", {"by": "them"})
    found = nn.read_weights(tmp_path / "m")
    assert found.metadata == {"by": "them"}
    assert found.arrays.keys() == given.keys()
    for key, array in state().items():
        np.testing.assert_array_equal(found.arrays[key], array, strict=True)


def test_bfloat16(tmp_path):
    numbers = torch.randn(4, 5).bfloat16()
    safetensors.torch.save_file({"x": numbers}, tmp_path / "m")
    found = nn.read_weights(tmp_path / "m").arrays["x"]
    np.testing.assert_array_equal(found, numbers.float().numpy(), strict=True)


def test_both_refuse_the_same_damage(tmp_path):
    nn.save({"x": np.arange(3.0), "y": np.ones((2, 2), np.float32)}, tmp_path / "m")
    content = (tmp_path / "m").read_bytes()
    for wrong in [content[:-1], content + b"!", content[:20], content[8:], b"", content[:8]]:
        (tmp_path / "m").write_bytes(wrong)
        with pytest.raises(ValueError, match="not a whole safetensors file"):
            nn.read_weights(tmp_path / "m")
        with pytest.raises(safetensors.SafetensorError):
            safetensors.numpy.load_file(tmp_path / "m")


def their_network():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Flatten(),
        torch.nn.Linear(12, 2),
    )
    model(torch.randn(5, 1, 4, 4))
    return model


def our_network(seed=0):
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, seed=seed), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2, seed=seed)
    )


def test_states_go_both_ways(tmp_path):
    theirs, ours = their_network(), our_network()
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "theirs")
    assert nn.load(ours, tmp_path / "theirs") == ([], [])
    other = our_network(seed=1)
    nn.save(other, tmp_path / "ours")
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "ours"))
    x = np.random.default_rng(0).normal(size=(2, 1, 4, 4)).astype(np.float32)
    found = theirs.eval()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, other.eval()(x).data, atol=1e-6)


class TheirTied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(5, 3)
        self.head = torch.nn.Linear(3, 5, bias=False)
        self.head.weight = self.table.weight


class OurTied(nn.Module):
    def __init__(self):
        self.table = nn.Embedding(5, 3, seed=0)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.table.weight


def test_shared_parameters_go_both_ways(tmp_path):
    theirs, ours = TheirTied(), OurTied()
    nn.save(ours, tmp_path / "ours")
    assert safetensors.torch.load_model(theirs, tmp_path / "ours") == (set(), [])
    np.testing.assert_array_equal(theirs.head.weight.detach(), ours.table.weight.data)
    theirs = TheirTied()
    safetensors.torch.save_model(theirs, tmp_path / "theirs")
    assert nn.load(ours, tmp_path / "theirs") == ([], [])
    np.testing.assert_array_equal(theirs.head.weight.detach(), ours.table.weight.data)


def test_files_of_torch_save_are_refused(tmp_path):
    model = our_network()
    before = model.state_dict()
    torch.save(their_network().state_dict(), tmp_path / "zip")
    torch.save(
        their_network().state_dict(), tmp_path / "pickle", _use_new_zipfile_serialization=False
    )
    for name, kind in (("zip", "a zip archive"), ("pickle", "a pickle")):
        with pytest.raises(ValueError, match=f"it is {kind}, as torch.save"):
            nn.load(model, tmp_path / name)
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[key])


# --- everywhere the same --------------------------------------------------------------------------

#: Run in a new process: it knows the definition of the model and the file, and nothing else.
ELSEWHERE = """
import sys
import numpy as np
import torch
import nn

folder = sys.argv[1]
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
    nn.Residual(nn.Conv2d(8, 8, 3, padding=1)), nn.Dropout(0.2), nn.Flatten(), nn.Linear(128, 10),
)
nn.load(model, f"{folder}/model.safetensors")
x = np.load(f"{folder}/x.npy")
nn.to_onnx(model, x[:2], f"{folder}/model.onnx")
theirs = nn.to_torch(model.eval())
np.savez(
    f"{folder}/found.npz",
    ours=nn.predict(model, x),
    theirs=theirs(torch.from_numpy(x)).detach().numpy(),
    again=nn.predict(nn.from_torch(theirs), x),
)
"""


def test_a_trained_model_predicts_the_same_everywhere(tmp_path):
    images, labels = nn.data.load_digits()
    x = np.asarray(images, np.float32).reshape(-1, 1, 8, 8)[:300]
    y = labels[:300]
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, seed=0),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Residual(nn.Conv2d(8, 8, 3, padding=1, seed=1)),
        nn.Dropout(0.2, seed=2),
        nn.Flatten(),
        nn.Linear(128, 10, seed=3),
    )
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    nn.fit(
        model,
        x,
        y,
        loss=nn.CrossEntropyLoss(),
        optimizer=optimizer,
        epochs=2,
        seed=0,
        progress=False,
    )
    expected = nn.predict(model, x)
    assert (expected.argmax(axis=1) == y).mean() > 0.8
    nn.save(model, tmp_path / "model.safetensors")
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path)], check=True)
    with np.load(tmp_path / "found.npz") as found:
        np.testing.assert_array_equal(found["ours"], expected)
        np.testing.assert_allclose(found["theirs"], expected, atol=1e-5)
        np.testing.assert_array_equal(found["again"], expected)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    np.testing.assert_allclose(session.run(None, {"input": x})[0], expected, atol=1e-5)
