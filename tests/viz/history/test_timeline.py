"""The timeline: every frame looks like the picture of its step, and nothing moves."""

import base64
import json
import re
import zlib

import numpy as np
import pytest

import nn
from viz.drawing import graph
from viz.history import GradientHistory
from viz.history.timeline import _frame
from viz.page.payload import payload
from viz.scene.chart import look
from viz.scene.scene import compose


def train(epochs=3, **changes):
    x = np.random.default_rng(0).normal(size=(40, 3))
    y = (x[:, 0] > 0).astype(int)
    model = nn.MLP([3, 6, 2], activation=nn.Tanh, seed=0)
    history = GradientHistory(trace_every=1)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
    options = {"loss": nn.CrossEntropyLoss(), "epochs": epochs, "batch_size": 20, "seed": 0}
    nn.fit(model, x, y, optimizer=optimizer, callbacks=[history], progress=False, **options)
    return history


def data_of(page):
    packed = re.search(r'atob\("([^"]*)"\)', page)[1]
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_there_is_a_frame_for_every_traced_step():
    history = train()
    data = data_of(history.timeline().html)
    assert [frame["step"] for frame in data["frames"]] == history.steps
    assert [frame["loss"] for frame in data["frames"]] == pytest.approx(history.loss)
    edges = sum(len(sheet["edges"]) for sheet in data["sheets"])
    boxes = sum(len(sheet["boxes"]) for sheet in data["sheets"])
    for frame in data["frames"]:
        assert len(frame["edges"]) == edges
        assert len(frame["boxes"]) == boxes


def test_the_first_frame_is_the_picture_of_the_first_step():
    history = train()
    view = look(history.first_trace)
    drawn = payload(compose(view))
    frame = _frame(view, history.frames[0])
    flat = [edge for sheet in drawn["sheets"] for edge in sheet["edges"]]
    for edge, (appearance, width, *labels, _) in zip(flat, frame["edges"], strict=True):
        assert (edge["look"], edge["width"]) == (appearance, width)
        assert labels[1] == edge["labels"][1]
        size = edge["labels"][0].removeprefix("RMS ").replace("−", "")
        assert labels[0].replace("−", "") == size


def test_a_loss_that_is_not_finite_is_a_frame_too():
    history = GradientHistory(trace_every=1)
    model = nn.MLP([3, 6, 2], seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    x, y = np.full((4, 3), np.nan), np.zeros(4, dtype=int)
    with pytest.raises(nn.NonFiniteLossError):
        nn.fit(
            model, x, y, loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=1,
            callbacks=[history], progress=False,
        )  # fmt: skip
    data = data_of(history.timeline().html)
    assert [frame["loss"] for frame in data["frames"]] == ["NaN"]


def test_a_history_without_a_graph_says_so():
    with pytest.raises(ValueError, match="needs the graph of the first traced step"):
        GradientHistory().timeline()
    with pytest.raises(ValueError, match="what from_dict gives has no graph"):
        GradientHistory.from_dict(train().to_dict()).timeline()


def test_it_is_offered_beside_the_picture_of_one_step(tmp_path):
    history = train()
    picture = history.timeline()
    assert picture.title == "Gradients through training: steps 1 to 6"
    assert picture.save(tmp_path / "t.svg").read_text(encoding="utf-8").startswith("<svg")
    assert graph(history.first_trace).svg.count("gg-node") == picture.svg.count("gg-node")
