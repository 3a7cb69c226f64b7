"""Boxes within boxes: nothing is lost, nothing flows in a circle, the pieces of an edge fit."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, ValueArray, scope
from viz.drawing import graph
from viz.scene.chart import look
from viz.scene.recording import record
from viz.scene.scene import AT_A_GLANCE, COMFORTABLE, compose
from viz.scene.tree import MANY, Group, arrange
from viz.scene.words import about_edge


def network(width, dead=False):
    rng = np.random.default_rng(0)
    h = ValueArray(rng.normal(size=width), requires_grad=False, name="x")
    for layer in ("fc1", "fc2"):
        with scope(layer):
            w = ValueArray(rng.normal(size=(width, width)), name=f"{layer}.w")
            h = np.maximum(h @ w - (1e3 if dead else 0.0), 0.0)
    return np.sum(h)


@st.composite
def scoped_losses(draw):
    values = [Value(0.5, name=f"x{i}") for i in range(3)]
    for _ in range(draw(st.integers(5, 60))):
        with scope(draw(st.sampled_from(["", "a", "b", "a.c", "a.c.d"]))):
            a, b = draw(st.sampled_from(values)), draw(st.sampled_from(values))
            values.append(a * b)
    return values[-1] + values[-2]


def labels(chart):
    return [vertex.label for vertex in chart.vertices]


def groups(group):
    yield group
    for member in group.members:
        if isinstance(member, Group):
            yield from groups(member)


@given(scoped_losses())
def test_every_node_is_in_one_box(loss):
    recording = record(loss)
    assert sorted(arrange(recording).nodes()) == list(range(len(recording.nodes)))


@given(scoped_losses())
def test_data_never_flows_back_to_a_box_from_which_it_came(loss):
    recording = record(loss)
    for group in groups(arrange(recording)):
        box_of = {
            i: k
            for k, member in enumerate(group.members)
            for i in ([member] if isinstance(member, int) else member.nodes())
        }
        links = {
            (box_of[a], box_of[b])
            for a, b, _ in recording.links
            if a in box_of and b in box_of and box_of[a] != box_of[b]
        }
        waiting = set(box_of.values())
        while waiting:
            free = waiting - {b for a, b in links if a in waiting}
            assert free, "a circle of boxes"
            waiting -= free


@given(scoped_losses())
def test_every_argument_slot_ends_at_its_node_once(loss):
    view = look(loss)
    ends = Counter(
        link
        for chart in view.chart.charts()
        for edge in chart.edges
        if edge.consumer < len(chart.members) and isinstance(chart.members[edge.consumer], int)
        for link in edge.links
    )
    assert ends == Counter(range(len(view.reader.recording.links)))


@given(scoped_losses())
def test_an_edge_goes_on_inside_with_the_same_links(loss):
    for chart in look(loss).chart.charts():
        for inner in chart.inside.values():
            ports = [*inner.entries, *inner.exits]
            for port, e in enumerate(ports, start=len(inner.vertices)):
                beyond = [x for x in inner.edges if port in (x.operand, x.consumer)]
                carried = sorted(link for edge in beyond for link in edge.links)
                assert carried == sorted(chart.edges[e].links)


@given(scoped_losses())
def test_no_two_boxes_share_a_label(loss):
    every = [label for chart in look(loss).chart.charts() for label in labels(chart)]
    assert len(every) == len(set(every))


def test_a_module_is_a_box_and_its_variables_are_in_it():
    model = nn.MLP([4, 8, 3], seed=0)
    chart = look(np.sum(model(np.ones((5, 4))))).chart
    assert labels(chart) == ["fc1", "relu", "fc2", "result"]
    assert {"fc1.weight", "fc1.bias"} <= set(labels(chart.inside[0]))


def test_a_shared_variable_stands_beside_the_boxes_that_share_it():
    w = Tensor(np.eye(2), name="w")
    h = Tensor(np.ones((3, 2)), requires_grad=False)
    for name in ("one", "two"):
        with scope(name):
            h = np.tanh(h @ w)
    assert "w" in labels(look(np.sum(h)).chart)


def test_a_module_that_is_called_twice_is_two_boxes():
    x = Tensor(np.ones(2), name="x")
    for _ in range(2):
        with scope("shared"):
            x = np.tanh(x * 0.5)
        x = x + 1.0
    assert {"shared", "shared #2"} <= set(labels(look(np.sum(x)).chart))


def test_a_cell_that_is_called_again_and_again_is_a_box_for_each_call():
    w = Tensor(np.eye(2), name="w")
    h = Tensor(np.ones((3, 2)), requires_grad=False)
    with scope("cell"):
        for _ in range(12):
            h = np.tanh(h @ w)
    chart = look(np.sum(h)).chart
    assert labels(chart)[0] == "cell × 12"
    assert labels(chart.inside[0])[1:4] == ["cell 1", "cell 2", "cell 3"]


def test_repeated_blocks_come_together():
    model = nn.MLP([8] * 31, seed=0)
    chart = look(np.sum(model(np.ones((5, 8))))).chart
    assert labels(chart)[0] == "fc1 … fc29 × 29"
    assert len(chart.inside[0].vertices) == 29


def test_many_scalars_of_a_module_come_together_by_operation():
    chart = look(network(16)).chart
    inner = chart.inside[labels(chart).index("fc2")]
    assert "fc2: 256 multiply" in labels(inner)
    assert "fc2: 240 add" in labels(inner)


def test_many_values_between_two_boxes_are_one_edge_that_tells_least_median_and_most():
    chart = look(network(24)).chart
    place = {label: k for k, label in enumerate(labels(chart))}
    (edge,) = (e for e in chart.edges if (e.operand, e.consumer) == (place["fc1"], place["fc2"]))
    assert edge.count == 24 * 24
    sizes = sorted(
        abs(flow.contribution)
        for flow in network(24).trace().flows
        if flow.source.scope == "fc2" and flow.target.scope == "fc1" and not flow.target.is_leaf
    )
    assert edge.numbers.sizes == tuple(sizes)
    assert edge.magnitude == np.median(sizes)
    assert "median" in about_edge(edge, chart.vertices[-1])


def test_few_values_between_two_boxes_have_an_edge_each():
    chart = look(network(3)).chart
    place = {label: k for k, label in enumerate(labels(chart))}
    between = [e for e in chart.edges if (e.operand, e.consumer) == (place["fc1"], place["fc2"])]
    assert [edge.count for edge in between] == [3, 3, 3]


def test_an_edge_between_boxes_says_how_much_of_it_is_dead():
    chart = look(network(24, dead=True)).chart
    edge = next(e for e in chart.edges if e.count == 24 * 24)
    assert edge.state == "nothing"
    assert "576 of 576: nothing arrived from above" in about_edge(edge, chart.vertices[-1])


@pytest.mark.parametrize("length", [MANY + 2, 3000, 50_000])
def test_a_long_chain_without_modules_comes_in_parts(length):
    x = Value(1.0, name="x")
    for _ in range(length):
        x = x * 1.00001
    view = look(x)
    assert len(view.reader.recording.nodes) == 2 * length + 1
    assert all(len(chart.vertices) <= 2 * MANY for chart in view.chart.charts())


def seen(sheet):
    """How many boxes of a sheet are to be seen, without the open ones."""
    return sum(seen(sheet.inside[k]) if k in sheet.opened else 1 for k in range(len(sheet.boxes)))


def followed(loss):
    """Some more operations, so that there is something to see where all modules are closed."""
    for _ in range(5):
        loss = np.tanh(loss)
    return loss


def looped(steps):
    """A recurrent network, each step of which is a module."""
    w, h = Tensor(np.eye(2), name="w"), Tensor(np.ones((3, 2)), name="h")
    with scope("rnn"):
        for k in range(steps):
            with scope(f"t{k}"):
                h = np.tanh(h @ w.T) + 1.0
    return np.sum(h)


@pytest.mark.parametrize("sight", [COMFORTABLE, AT_A_GLANCE])
@pytest.mark.parametrize("sizes", [[4, 8, 3], [8] * 8, [8] * 31])
def test_no_more_is_open_than_can_be_read(sight, sizes):
    view = look(followed(np.sum(nn.MLP(sizes, seed=0)(np.ones((5, sizes[0]))))))
    sheet = compose(view, comfortable=sight).sheet
    assert sheet.layout.width <= sight.width
    assert sheet.layout.height <= sight.height


def test_all_is_open_that_can_be_read():
    view = look(np.sum(nn.MLP([4, 8, 3], seed=0)(np.ones((5, 4)))))
    assert seen(compose(view).sheet) == len(view.reader.recording.nodes)


def test_depth_says_how_much_is_open():
    view = look(np.sum(nn.MLP([8] * 31, seed=0)(np.ones((5, 8)))))
    assert seen(compose(view, depth=0).sheet) == len(view.chart.vertices)
    assert seen(compose(view, depth=9).sheet) == len(view.reader.recording.nodes)


def test_a_still_picture_shows_the_steps_of_a_loop():
    view = look(followed(looped(40)))
    assert seen(compose(view).sheet) > 40
    assert compose(view).sheet.layout.height > COMFORTABLE.height
    assert seen(compose(view, comfortable=AT_A_GLANCE).sheet) < 10


def test_what_is_too_little_to_see_is_opened_whatever_its_size():
    assert seen(compose(look(looped(60)), comfortable=AT_A_GLANCE).sheet) > 60


def test_many_edges_to_one_box_are_one_for_each_operand():
    values = ValueArray(np.ones(24), name="x")
    parts = []
    for k in range(4):
        with scope(f"part{k}"):
            parts.append(values[6 * k : 6 * k + 6] * 2.0)
    with scope("last"):
        last = sum(x * y * z * v for x, y, z, v in zip(*parts, strict=True))
    chart = look(last * 2.0).chart
    place = labels(chart).index("last")
    assert [edge.count for edge in chart.edges if edge.consumer == place] == [6] * 4


@given(scoped_losses())
def test_open_boxes_overlap_nothing(loss):
    def check(sheet):
        placed = [
            (x, y, x + w, y + h)
            for (x, y), (w, h) in zip(sheet.layout.corners, sheet.sizes, strict=False)
        ]
        for i, a in enumerate(placed):
            for b in placed[:i]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        for k in sheet.opened:
            inner = sheet.inside[k]
            assert sheet.sizes[k] == inner.frame
            for e, edge in enumerate(sheet.chart.edges):
                top = sheet.layout.corners[k][1]
                if edge.consumer == k:
                    port = inner.port(inner.chart.entries.index(e))
                    assert abs(sheet.layout.routes[e][-1][-1] - top - port) <= 1
            check(inner)

    check(compose(look(loss), depth=9).sheet)


def test_the_picture_shows_the_boxes_in_the_open_ones():
    picture = graph(nn.MLP([4, 8, 3], seed=0)(np.ones((1, 4))).sum(), depth=0)
    assert 'data-label="fc1"' in picture.svg
    assert "fc1.weight" not in picture.svg
    picture = graph(nn.MLP([4, 8, 3], seed=0)(np.ones((1, 4))).sum())
    assert "fc1.weight" in picture.svg
