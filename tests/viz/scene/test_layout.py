"""The layout: nothing overlaps, and positions follow from the structure alone."""

import collections
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viz.scene.layers import assign_layers
from viz.scene.layout import lay_out
from viz.scene.placement import settle
from viz.scene.rows import LABEL_RUN


@st.composite
def graphs(draw, max_nodes=25):
    """Sizes of boxes, and links from each to later ones; several may join the same two."""
    count = draw(st.integers(1, max_nodes))
    links = []
    for consumer in range(1, count):
        for operand in draw(st.lists(st.integers(0, consumer - 1), max_size=3)):
            links.append((operand, consumer))
    used = {operand for operand, _ in links}
    links += [(node, count - 1) for node in range(count - 1) if node not in used]
    slots = [sum(consumer == node for _, consumer in links) for node in range(count)]
    sizes = [(draw(st.integers(60, 200)), max(draw(st.integers(30, 80)), 30 * n)) for n in slots]
    return sizes, links


def boxes(sizes, layout):
    return [(x, y, x + w, y + h) for (x, y), (w, h) in zip(layout.corners, sizes, strict=True)]


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def points_on(route, steps=12):
    """Points along a route."""
    x, y = route[0]
    for piece in route[1:]:
        *controls, ex, ey = piece
        ax, ay, bx, by = controls or (x, y, ex, ey)
        for k in range(steps + 1):
            t, s = k / steps, 1 - k / steps
            yield (
                s**3 * x + 3 * s * s * t * ax + 3 * s * t * t * bx + t**3 * ex,
                s**3 * y + 3 * s * s * t * ay + 3 * s * t * t * by + t**3 * ey,
            )
        x, y = ex, ey


@given(graphs())
def test_boxes_do_not_overlap_and_lie_within_the_picture(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    placed = boxes(sizes, layout)
    assert not any(overlap(a, b) for a, b in itertools.combinations(placed, 2))
    for left, top, right, bottom in placed:
        assert left >= 0
        assert top >= -1
        assert right <= layout.width + 1
        assert bottom <= layout.height + 1


@given(graphs())
def test_every_link_leads_from_its_operand_to_its_consumer(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    placed = boxes(sizes, layout)
    assert len(layout.routes) == len(links)
    for (operand, consumer), route in zip(links, layout.routes, strict=True):
        (x, y), (end_x, end_y) = route[0], route[-1][-2:]
        assert x == placed[operand][2]
        assert placed[operand][1] <= y <= placed[operand][3]
        assert end_x == placed[consumer][0]
        assert placed[consumer][1] <= end_y <= placed[consumer][3]


@given(graphs())
def test_no_link_runs_through_a_box(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    placed = boxes(sizes, layout)
    for route in layout.routes:
        for x, y in points_on(route):
            assert not any(a < x < c and b < y < d for a, b, c, d in placed)


@given(graphs())
def test_labels_have_room(graph):
    """The run before every slot is free of boxes and of other runs."""
    sizes, links = graph
    layout = lay_out(sizes, links)
    ends = [route[-1][-2:] for route in layout.routes]
    runs = [(x - LABEL_RUN + 1, y - 13, x, y + 13) for x, y in ends]
    assert not any(overlap(a, b) for a, b in itertools.combinations(runs, 2))
    assert not any(overlap(run, box) for run in runs for box in boxes(sizes, layout))


@given(graphs())
def test_links_between_the_same_two_boxes_lie_apart(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    for i, j in itertools.combinations(range(len(links)), 2):
        if links[i] == links[j]:
            assert layout.routes[i][-1] != layout.routes[j][-1]


def test_a_few_long_links_of_one_operand_run_apart_and_many_as_a_bundle():
    chain = [(i, i + 1) for i in range(1, 9)]

    def heights(skips):
        """Where the skips from 0 run, halfway through the chain."""
        links = [(0, 1), *chain, *((0, 9 - k) for k in range(skips))]
        layout = lay_out([(100, 90)] * 10, links, room=(3000, 1000))
        skipping = layout.routes[-skips:]
        middle = layout.width / 2
        return {min(points_on(route), key=lambda p: abs(p[0] - middle))[1] for route in skipping}

    assert len(heights(2)) == 2
    assert len(heights(4)) == 1


def test_long_links_to_one_consumer_come_together_in_a_trunk():
    # A chain of ten, each of which leads to the last one, too.
    links = [*((i, i + 1) for i in range(10)), *((i, 10) for i in range(9))]
    layout = lay_out([(100, 330)] * 11, links, room=(9000, 1000))
    middle = layout.columns[9].left + 50
    passing = {
        round(min(points_on(route), key=lambda p: abs(p[0] - middle))[1])
        for (_, end), route in zip(links, layout.routes, strict=True)
        if end == 10 and route[0][0] < middle - 100
    }
    assert len(passing) == 1
    assert len({route[-1] for route in layout.routes[10:]}) == 9


def test_what_is_made_of_a_trunk_stands_where_it_is_used():
    # A weight 0 is transposed (1 to 6) for each step of a chain (7 to 12).
    steps = range(7, 13)
    links = [*((0, i) for i in range(1, 7)), *((k - 6, k) for k in steps)]
    links += [(k, k + 1) for k in steps[:-1]]
    assert assign_layers(13, links) == [0, *range(1, 7), *range(2, 8)]


@given(graphs())
def test_nothing_runs_through_a_box_in_many_short_rows(graph):
    sizes, links = graph
    narrow = lay_out(sizes, links, room=(500, 400))
    placed = boxes(sizes, narrow)
    assert not any(overlap(a, b) for a, b in itertools.combinations(placed, 2))
    for route in narrow.routes:
        for x, y in points_on(route):
            assert not any(a < x < c and b < y < d for a, b, c, d in placed)


@given(graphs())
def test_the_same_structure_gives_the_same_positions(graph):
    assert lay_out(*graph) == lay_out(*graph)


@given(graphs())
def test_columns_go_from_operands_to_consumers(graph):
    sizes, links = graph
    layer = assign_layers(len(sizes), links)
    assert all(layer[operand] < layer[consumer] for operand, consumer in links)
    assert layer[-1] == max(layer)
    assert min(layer) == 0


def test_leaves_stand_beside_what_is_made_of_them():
    # 0 and 1 make 2; then a chain; 6 is a leaf of the last.
    links = [(0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (6, 5)]
    assert assign_layers(7, links) == [0, 0, 1, 2, 3, 4, 3]


@pytest.mark.parametrize("length", [60, 1000])
def test_a_long_chain_is_broken_into_rows_like_text(length):
    layout = lay_out([(100, 50)] * length, [(i, i + 1) for i in range(length - 1)])
    assert 1 < layout.width / layout.height < 4
    tops = {y for _, y in layout.corners}
    assert len(tops) > 2
    for (x, y), (next_x, next_y) in itertools.pairwise(layout.corners):
        assert next_x > x or next_y > y


def test_rows_are_about_as_long_as_each_other():
    layout = lay_out([(100, 50)] * 21, [(i, i + 1) for i in range(20)], room=(1500, 800))
    rows = collections.Counter(column.row for column in layout.columns)
    assert len(rows) > 2
    assert max(rows.values()) - min(rows.values()) <= 1


def test_rows_break_where_few_lines_lead_from_one_to_the_next():
    # Two clusters, each a chain with every link doubled over, and a single link between them.
    links = [(i, j) for k in (0, 6) for i in range(k, k + 6) for j in range(i + 1, k + 6)]
    layout = lay_out([(100, 160)] * 12, [*links, (5, 6)], room=(1500, 1000))
    assert [column.row for column in layout.columns] == [0] * 6 + [1] * 6


def test_a_short_chain_stays_in_one_row():
    layout = lay_out([(100, 50)] * 6, [(i, i + 1) for i in range(5)])
    assert len({y for _, y in layout.corners}) == 1


numbers = st.floats(-100, 100)


@settings(max_examples=200)
@given(st.lists(st.tuples(numbers, st.floats(0.1, 5), st.floats(0, 20)), min_size=1, max_size=8))
def test_settle_keeps_distances_and_cannot_be_improved(items):
    wanted, weights, gaps = map(list, zip(*items, strict=True))
    places = settle(wanted, weights, gaps)

    def cost(found):
        return sum(w * (y - d) ** 2 for y, d, w in zip(found, wanted, weights, strict=True))

    for (a, b), gap in zip(itertools.pairwise(places), gaps[1:], strict=True):
        assert b - a >= gap - 1e-9
    # The problem is convex: if no allowed block move helps, nothing does.
    for start, end in itertools.combinations(range(len(items) + 1), 2):
        for step in (-1e-3, 1e-3):
            moved = [y + step if start <= i < end else y for i, y in enumerate(places)]
            allowed = all(
                b - a >= gap
                for (a, b), gap in zip(itertools.pairwise(moved), gaps[1:], strict=True)
            )
            assert not allowed or cost(moved) >= cost(places) - 1e-9
