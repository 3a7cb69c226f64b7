"""Large graphs: drawn by scope, or refused in one sentence."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, ValueArray, scope
from viz.drawing import graph
from viz.scene.collapse import LIMIT, group
from viz.scene.recording import record
from viz.scene.view import look
from viz.scene.words import about_edge


def network(width, dead=False):
    rng = np.random.default_rng(0)
    h = ValueArray(rng.normal(size=width), requires_grad=False, name="x")
    for layer in ("fc1", "fc2"):
        with scope(layer):
            w = ValueArray(rng.normal(size=(width, width)), name=f"{layer}.w")
            h = np.maximum(h @ w - (1e3 if dead else 0.0), 0.0)
    return np.sum(h)


@pytest.fixture(scope="module")
def view():
    return look(network(24))


def test_a_large_graph_is_drawn_by_scope(view):
    assert {v.name for v in view.vertices if v.kind == "group"} >= {"fc1", "fc2"}
    assert len(view.vertices) < 100


def test_no_node_and_no_argument_slot_between_groups_is_lost(view):
    loss = network(24)
    recording = record(loss)
    assert sum(v.size for v in view.vertices) == len(recording.nodes)
    keys = group(recording)
    between = sum(keys[link.operand] != keys[link.consumer] for link in recording.links)
    assert sum(edge.count for edge in view.edges) == between


def test_an_edge_between_groups_tells_smallest_median_and_largest(view):
    place = {v.name: i for i, v in enumerate(view.vertices)}
    edge = next(e for e in view.edges if (e.operand, e.consumer) == (place["fc1"], place["fc2"]))
    assert edge.count == 24 * 24
    sizes = sorted(
        abs(flow.contribution)
        for flow in network(24).trace().flows
        if flow.source.scope == "fc2" and flow.target.scope == "fc1" and not flow.target.is_leaf
    )
    assert edge.numbers.sizes == tuple(sizes)
    assert edge.magnitude == np.median(sizes)
    assert "median" in about_edge(edge, view)


def test_an_edge_between_groups_says_how_much_of_it_is_dead():
    view = look(network(24, dead=True))
    edge = next(e for e in view.edges if e.count == 24 * 24)
    assert edge.state == "nothing"
    assert "576 of 576: nothing arrived from above" in about_edge(edge, view)


def test_a_scope_that_comes_twice_is_two_boxes_and_no_cycle():
    x = Value(0.1, name="x")
    for _ in range(2):
        with scope("shared"):
            for _ in range(LIMIT // 2):
                x = x.tanh()
        with scope("between"):
            x = x * 2.0
    picture = graph(x)
    svg = "{http://www.w3.org/2000/svg}"
    labels = [
        g.get("data-label")
        for g in ET.fromstring(picture.svg).iter(f"{svg}g")
        if g.get("data-label")
    ]
    assert {"shared", "shared #2"} <= set(labels)


@st.composite
def scoped_losses(draw):
    values = [Value(0.5, name=f"x{i}") for i in range(3)]
    for _ in range(draw(st.integers(5, 40))):
        with scope(draw(st.sampled_from(["", "a", "b", "a.c"]))):
            a, b = draw(st.sampled_from(values)), draw(st.sampled_from(values))
            values.append(a * b)
    return values[-1] + values[-2]


@given(scoped_losses(), st.integers(4, 12))
def test_groups_never_form_a_cycle(loss, limit):
    recording = record(loss)
    try:
        keys = group(recording, limit)
    except ValueError:
        return
    links = {(keys[a], keys[b]) for a, b, _ in recording.links if keys[a] != keys[b]}
    waiting = set(keys)
    while waiting:
        free = waiting - {b for a, b in links if a in waiting}
        assert free, "a cycle of groups"
        waiting -= free


def test_a_large_graph_without_scopes_is_refused_in_one_sentence():
    x = Value(1.0, name="x")
    for _ in range(LIMIT):
        x = x.tanh()
    with pytest.raises(ValueError, match=rf"{LIMIT + 1} nodes.*autograd\.scope"):
        graph(x)


def test_nothing_recurses():
    x = Value(1.0, name="x")
    with scope("deep"):
        for _ in range(50_000):
            x = x * 1.00001
    assert "50001" in graph(x).alt.replace("100001", "50001")


def test_groups_shorten_scopes_until_they_fit():
    x = Value(1.0, name="x")
    for block in range(3):
        for layer in range(LIMIT // 2):
            with scope(f"block{block}"), scope(f"layer{layer}"):
                x = (x * 1.01).tanh()
    names = [v.name for v in look(x).vertices if v.kind == "group"]
    assert names == ["block0", "block1", "block2"]
