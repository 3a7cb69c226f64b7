"""viz.graph: the picture says what the trace says."""

import json
import math
import pickle
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, Value, ValueArray, no_grad, paths, scope
from viz.drawing import graph
from viz.scene.numbers import magnitude, number

SVG = "{http://www.w3.org/2000/svg}"


def elements(picture, kind):
    """The edges or nodes of a picture, without those of its legend."""
    root = ET.fromstring(picture.svg)
    return [
        g
        for g in root.iter(f"{SVG}g")
        if f"gg-{kind}" in g.get("class", "").split() and g.attrib.keys() - {"class"}
    ]


def edges(picture):
    return elements(picture, "edge")


def nodes(picture):
    return elements(picture, "node")


def the_edge(picture, source, target, slot=0):
    found = [
        e
        for e in edges(picture)
        if (e.get("data-source"), e.get("data-target"), e.get("data-slot"))
        == (source, target, str(slot))
    ]
    assert len(found) == 1
    return found[0]


def said(element):
    return element.find(f"{SVG}title").text


def shown(element):
    return [text.text for text in element.iter(f"{SVG}text")]


def line(edge):
    return edge.find(f"{SVG}path")


@st.composite
def losses(draw):
    """A scalar made by random operations on random operands, plain numbers among them."""
    values = [
        Value(draw(st.floats(-2, 2)), name=f"x{i}", requires_grad=i == 0 or draw(st.booleans()))
        for i in range(draw(st.integers(1, 4)))
    ]
    for _ in range(draw(st.integers(1, 20))):
        a, b = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        values.append(
            draw(
                st.sampled_from(
                    [
                        lambda a, b: a + b,
                        lambda a, b: a * b,
                        lambda a, b: a - b,
                        lambda a, b: a.tanh(),
                        lambda a, b: a.relu(),
                        lambda a, b: a * 0.5,
                        lambda a, b: 2.0 - b,
                        lambda a, b: a / b,
                    ]
                )
            )(a, b)
        )
    return values[-1] + values[0]


def argument_slots(root):
    """How many there are, counted on the nodes themselves."""
    seen, stack, count = {root}, [root], 0
    while stack:
        for operand in stack.pop().inputs:
            count += 1
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return count, len(seen)


@given(losses())
def test_every_argument_slot_is_one_edge_and_every_node_one_box(loss):
    picture = graph(loss)
    slots, count = argument_slots(loss)
    assert len(edges(picture)) == slots
    assert len(nodes(picture)) == count


@given(losses())
def test_the_markup_carries_the_numbers_of_the_trace(loss):
    picture, trace = graph(loss), loss.trace()
    told = sorted(
        tuple(e.get(f"data-{k}") for k in ("slot", "contribution", "before", "after", "total"))
        for e in edges(picture)
        if e.get("data-contribution") is not None
    )
    assert told == sorted(
        (
            str(flow.slot),
            repr(flow.contribution),
            repr(flow.before),
            repr(flow.after),
            repr(trace[flow.target].gradient),
        )
        for flow in trace.flows
    )


@given(losses())
def test_drawing_touches_no_gradient(loss):
    graph(loss)
    graph(loss, gradients=False)
    assert all(step.node.grad is None for step in loss.trace())


def test_a_drawing_leaves_an_earlier_backward_as_it_was():
    x = Value(3.0, name="x")
    y = x * x
    y.backward()
    graph(y)
    assert (x.grad, y.grad) == (6.0, 1.0)
    y.backward()
    assert x.grad == 12.0


def test_x_times_x_has_two_edges_that_lie_apart():
    x = Value(3.0, name="x")
    picture = graph(x * x)
    first, second = edges(picture)
    assert {first.get("data-slot"), second.get("data-slot")} == {"0", "1"}
    assert line(first).get("d") != line(second).get("d")


def test_an_edge_says_everything():
    x, w = Value(2.0, name="x"), Value(-0.25, name="w")
    product = w * x
    product.name = "p"
    loss = product * product + x * 3.0
    edge = the_edge(graph(loss), "p", "x", 1)
    assert said(edge).split("\n") == [
        "gradient from p to x, argument slot 1",
        "the gradient flows",
        "local derivative: −0.25",
        "gain: 0.25",
        "contribution: 0.25 = −1 × −0.25",
        "∂result/∂x before → after: 3 → 3.25",
        "in total: 3.25",
    ]
    assert edge.get("data-local") == "-0.25"
    assert shown(edge) == ["0.25", "gain ×0.25"]


def test_a_box_says_what_it_is():
    x = Value(0.5, name="x")
    with scope("layer"):
        y = x.tanh()
    loss = y * 2.0
    box = next(n for n in nodes(graph(loss)) if n.get("data-op") == "tanh")
    assert said(box).split("\n") == [
        "tanh (operation)",
        "in layer",
        "value: 0.4621",
        "∂result/∂tanh: 2",
    ]
    assert box.get("data-value") == repr(math.tanh(0.5))
    assert box.get("data-scope") == "layer"
    assert box.get("data-gradient") == "2.0"


def test_arrays_are_told_by_shape_and_size():
    w = Tensor(np.arange(6.0).reshape(2, 3), name="w")
    loss = np.sum(w * np.full((2, 3), 2.0))
    picture = graph(loss)
    box = next(n for n in nodes(picture) if n.get("data-label") == "w")
    facts = json.loads(box.get("data-value"))
    assert facts == {"shape": [2, 3], "rms": magnitude(w.data), "min": 0.0, "max": 5.0}
    assert shown(box) == ["w", f"2×3, RMS {number(facts['rms'], 3)}", "0 … 5", "grad RMS 2"]
    edge = the_edge(picture, "multiply", "w")
    assert json.loads(edge.get("data-contribution"))["rms"] == 2.0
    assert "local derivative" in said(edge)
    summed = the_edge(picture, "result", "multiply")
    assert "gain: 1 (no single local derivative" in said(summed)
    assert summed.get("data-local") is None


def test_kinds_are_told_apart_by_shape():
    x = Value(1.0, name="x")
    picture = graph((x * 2.0).tanh())
    outlines = {}
    for node in nodes(picture):
        drawn = [e for e in node if e.tag in (f"{SVG}rect", f"{SVG}path")]
        outlines[node.get("data-kind")] = [(e.tag, e.get("rx")) for e in drawn]
    assert outlines.keys() == {"variable", "constant", "operation", "loss"}
    assert len({tuple(outline) for outline in outlines.values()}) == 4


def test_a_closed_gate_is_told_from_nothing_that_arrived():
    x, w = Value(2.0, name="x"), Value(-1.0, name="w")
    product = w * x
    product.name = "product"
    gate = product.relu()
    gate.name = "gate"
    picture = graph(gate * 3.0)
    closed = the_edge(picture, "gate", "product")
    assert closed.get("data-state") == "closed"
    assert line(closed).get("class") == "gg-closed"
    assert shown(closed) == ["0", "gate closed"]
    nothing = the_edge(picture, "product", "w", 0)
    assert nothing.get("data-state") == "nothing"
    assert line(nothing).get("class") == "gg-nothing"
    assert shown(nothing) == ["0", "none arrived"]
    assert "nothing arrived from above" in said(nothing)


@pytest.mark.parametrize(("x", "word"), [(0.0, "∞"), (math.nan, "NaN")])
def test_what_is_not_finite_is_marked_by_a_zigzag_and_in_words(x, word):
    v = Value(x, name="v")
    picture = graph(v.log() * 2.0)
    edge = the_edge(picture, "log", "v")
    assert edge.get("data-state") == "broken"
    assert line(edge).get("class") == "gg-broken"
    assert line(edge).get("d").count("L") > 5
    assert shown(edge) == [f"⚠ {word}"]


def test_one_nan_among_many_elements_is_marked():
    x = Tensor([1.0, 0.0, 2.0], name="x")
    with np.errstate(all="ignore"):
        loss = np.sum(np.log(x) * np.array([0.0, 0.0, 1.0]))
    edge = the_edge(graph(loss), "log", "x")
    assert edge.get("data-state") == "broken"
    assert "1 of 3 NaN or ∞" in said(edge)


def test_a_constant_operand_is_an_edge_without_a_gradient():
    x = Value(3.0, name="x")
    edge = the_edge(graph(x * 2.0), "result", "constant 2", 1)
    assert edge.get("data-state") == "constant"
    assert edge.get("data-contribution") is None
    assert shown(edge) == ["no gradient"]
    assert "constant: no gradient" in said(edge)


@given(losses())
def test_without_gradients_every_edge_says_not_computed(loss):
    picture = graph(loss, gradients=False)
    for edge in edges(picture):
        assert edge.get("data-state") == "unknown"
        assert shown(edge) == ["not computed"]
        assert "not computed" in said(edge)
        assert edge.get("data-contribution") is None
    assert all(n.get("data-gradient") is None for n in nodes(picture))


def test_without_gradients_a_constant_can_be_drawn():
    with no_grad():
        y = Value(2.0) * 3.0
    (box,) = nodes(graph(y, gradients=False))
    assert box.get("data-value") == "6.0"
    with pytest.raises(RuntimeError, match="needs no gradient"):
        graph(y)


def test_without_gradients_an_array_can_be_drawn():
    x = Tensor([1.0, 2.0], name="x")
    assert len(edges(graph(x * x, gradients=False))) == 2
    with pytest.raises(ValueError, match="only a scalar"):
        graph(x * x)


def test_a_trace_is_drawn_as_it_is():
    x = Tensor([1.0, 2.0], name="x")
    y = x * x
    picture = graph(y.trace(np.array([0.0, 1.0])))
    edge = edges(picture)[0]
    assert json.loads(edge.get("data-contribution"))["max"] == 2.0


def test_positions_follow_from_the_structure_alone():
    def build(a, b, c):
        x, w = Value(a, name="x"), Value(b, name="w")
        h = (x * w + c).relu()
        return (h - x) ** 2.0 + w * w

    def positions(loss):
        picture = graph(loss)
        corners = [n.get("transform") for n in nodes(picture)]
        outlines = [n.find(f"{SVG}rect") for n in nodes(picture)]
        sizes = [(r.get("width"), r.get("height")) for r in outlines if r is not None]
        return corners, sizes, [line(e).get("d") for e in edges(picture)]

    first = positions(build(1.0, 2.0, 3.0))
    assert positions(build(-1.23456e-7, 2.34567e8, 3e-9)) == first
    assert positions(build(0.0, 0.0, -1.0)) == first


def test_the_same_graph_gives_the_same_picture():
    x = Value(3.0, name="x")
    y = (x * x).tanh()
    assert graph(y).svg == graph(y).svg


def test_names_are_escaped():
    name = """<b>&"'</b>"""
    x = Value(1.0, name=name)
    with scope(name):
        loss = x * x
    picture = graph(loss, title=name)
    assert {e.get("data-target") for e in edges(picture)} == {name}
    assert name in {text.text for text in ET.fromstring(picture.svg).iter(f"{SVG}text")}
    assert "<b>" not in picture.svg
    assert "<b>" not in picture.html


def test_control_characters_in_names_do_not_break_the_markup():
    x = Value(1.0, name="a\x00b\x1fc\ud800")
    picture = graph(x * x)
    assert {e.get("data-target") for e in edges(picture)} == {"a�b�c�"}
    picture.svg.encode()


def test_names_can_be_given_and_defaults_are_unique():
    a, b = Value(1.0), Value(2.0)
    array = ValueArray([3.0, 4.0])
    loss = a * b + array[0] * array[1] + Value(5.0)
    labels = {n.get("data-label") for n in nodes(graph(loss, names={"a": a, "w": array, "k": 3}))}
    assert {"a", "w[0]", "w[1]", "v1", "v2", "result"} <= labels
    assert len(labels) == len(nodes(graph(loss)))


def test_parameters_of_the_same_name_are_told_by_where_they_are_used():
    first, second, other = (Value(0.5, name=name) for name in ("weight", "weight", "x"))
    with scope("fc1"):
        h = first * other
    with scope("fc2"):
        y = second * h
    labels = [n.get("data-label") for n in nodes(graph(y))]
    assert {"fc1.weight", "fc2.weight", "x"} <= set(labels)


def test_nothing_but_nodes_and_traces_is_drawn():
    with pytest.raises(TypeError, match="takes a Value, a Tensor or a Trace, but float"):
        graph(1.0)


def test_it_is_described_for_those_who_cannot_see_it():
    x = Value(3.0, name="x")
    root = ET.fromstring(graph(x * x, title="Square").svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Square"
    assert root.find(f"{SVG}desc").text == (
        "2 nodes, 2 argument slots. Size of the variables' gradients: 6 (x)."
    )


def test_there_are_no_ids_that_could_collide():
    x = Value(3.0, name="x")
    assert all(e.get("id") is None for e in ET.fromstring(graph(x * x).svg).iter())


def legend(picture):
    """All that its legend says."""
    root = ET.fromstring(picture.svg)
    return "; ".join(
        next(g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-legend").itertext()
    )


def many(gradients=True):
    """A graph that is higher than the whole legend."""
    return graph(sum(Value(1.0, name=f"x{i}") * 2.0 for i in range(8)), gradients=gradients)


def test_the_legend_explains_every_line():
    words = legend(many())
    for explained in (
        "gate closed here",
        "nothing arrived from above",
        "NaN or ∞",
        "constant: no gradient",
        "×1/16 vanishing",
        "×16 exploding",
        "float16 → 0",
        "float16 → ∞",
        "float32 and bfloat16: 0 below 1e−38, ∞ above 3e38",
    ):
        assert explained in words
    assert "gradient not computed" in legend(many(gradients=False))


def test_beside_a_small_graph_the_legend_has_what_occurs():
    plain = Value(3.0, name="x")
    said = legend(graph(plain * plain))
    assert said.endswith("Boxes; variable; result")
    assert "vanishing ×1/16" in said
    assert "×16 exploding" in said
    closed = legend(graph((Value(-2.0, name="w") * 3.0).relu()))
    for term in ("0: gate closed here", "0: nothing arrived", "no gradient", "operation"):
        assert term in closed
    assert "NaN" not in closed
    assert legend(graph(plain * plain, gradients=False)) == (
        "Lines; not computed; Boxes; variable; result"
    )


@pytest.mark.parametrize("count", range(1, 6))
def test_the_legend_is_lower_than_the_graph_or_a_few_rows(count):
    picture = graph(sum(Value(1.0, name=f"x{i}") * 2.0 for i in range(count)))
    root = ET.fromstring(picture.svg)
    corners = [g.get("transform") for g in root if g.get("transform")]
    top, legend_top = (float(corner.split()[1].rstrip(")")) for corner in corners)
    graph_height = legend_top - 24 - top
    assert float(root.get("height")) - legend_top - 16 <= max(graph_height, 5 * 19)


def test_a_chain_of_sigmoids_gets_thinner_towards_its_input():
    x = Value(0.0, name="x")
    for _ in range(12):
        x = x.sigmoid()
    widths = [float(line(e).get("stroke-width")) for e in edges(graph(x))]
    assert widths == sorted(widths)
    assert widths[-1] - widths[0] > 2
    assert {line(e).get("class") for e in edges(graph(x))} == {"gg-down2"}


def test_paths_stand_out_and_all_else_is_faded():
    x, w = Value(2.0, name="x"), Value(-3.0, name="w")
    y = x * w
    loss = y.tanh() + x * 0.01
    found = paths(loss, w)
    picture = graph(loss, paths=found)
    faded = {e.get("data-label") for e in nodes(picture) if "gg-faded" in e.get("class")}
    assert faded == {"x", "multiply #2", "constant 0.01"}
    on_path = [e for e in edges(picture) if "gg-faded" not in e.get("class")]
    assert len(on_path) == len(found.edges()) == 3
    assert found._repr_html_() in picture.html


def test_dashes_that_lie_over_each_other_leave_the_same_gaps():
    """All outputs but the last have a gradient of 0, and run to the stack in one trunk."""
    h, outputs = Tensor(np.ones(2), name="h"), []
    for _ in range(12):
        h = np.tanh(h)
        outputs.append(h)
    drawn = [
        edge.find(f"{SVG}path")
        for edge in edges(graph(np.stack(outputs)[-1].sum()))
        if edge.get("data-source") == "stack" and edge.get("data-state") == "closed"
    ]
    assert len(drawn) == 11
    offsets = [float(line.get("stroke-dashoffset", 0)) for line in drawn]
    # The longer the way to where the trunk branches, the further the dashes are moved.
    assert len(set(offsets)) > 8
    assert offsets == sorted(offsets)


def test_a_module_that_is_named_by_its_place_is_titled_by_its_class_too():
    from nn import Linear, Sequential, Tanh

    model = Sequential(Linear(3, 4, seed=0), Tanh(), Linear(4, 1, seed=0))
    for result in (
        model(np.ones((2, 3))).sum(),
        pickle.loads(pickle.dumps(model(np.ones((2, 3))).sum())),
    ):
        titles = {
            box.get("data-label"): shown(box) for box in elements(graph(result, depth=0), "node")
        }
        assert titles["0"][0] == "0 (Linear)"
        assert titles["2"][0] == "2 (Linear)"
    named = Sequential({"fc1": Linear(3, 4, seed=0)})
    (box,) = [
        box
        for box in elements(graph(named(np.ones((2, 3))).sum(), depth=0), "node")
        if box.get("data-label") == "fc1"
    ]
    assert shown(box)[0] == "fc1"
    assert said(box).startswith("fc1 (Linear)\n")
