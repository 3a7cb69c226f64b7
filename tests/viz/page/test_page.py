"""The interactive page in a real browser: what is drawn, opened, found, chosen and said."""

import random
from html import escape

import numpy as np
import pytest

import nn
import viz
from autograd import Value, record_source
from tests.gallery.works import WORKS, scalar_mlp, terms
from tests.viz.page.survey import survey
from viz.render.theme import DARK, LIGHT
from viz.scene.chart import look
from viz.scene.numbers import histogram, number
from viz.scene.scene import AT_A_GLANCE, HEAD, SIDE, compose

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

CANVAS = "svg.gg-canvas"
CORNER = "(() => { const m = boxElement(x).getScreenCTM(); return [m.e, m.f]; })()"


@pytest.fixture
def show(open_page):
    """Open the page of one of the gallery's graphs."""
    return lambda name, **options: open_page(viz.graph(WORKS[name]()), **options)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def said(page):
    return page.text_content("[aria-live]")


def chosen(page):
    """Title of the box that is marked."""
    marked = page.locator(".gg-chosen > .gg-name")
    return marked.text_content() if marked.count() else None


def click_sign(page, place):
    """Open or close a box with the mouse, and tell how far it moved on the screen."""
    before = page.inside(CORNER, place)
    sign = f'[data-s="{place[0]}"][data-b="{place[1]}"] > .gg-sign'
    spot = page.locator(sign).bounding_box()
    page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    after = page.inside(CORNER, place)
    return max(abs(a - b) for a, b in zip(before, after, strict=True))


def assert_in_order(drawn):
    assert drawn.overlaps() == []
    assert drawn.loose_ends() == []
    assert drawn.crossings() == []
    assert drawn.covered_texts() == []
    assert drawn.spilled_texts() == []


# --- what is drawn ------------------------------------------------------------------------------


def expected_boxes(sheet):
    """Corner and texts of every box that a scene shows, by the numbers of sheet and box."""
    sheets = [sheet]
    for outer in sheets:
        sheets += outer.inside.values()
    number = {id(sheet): s for s, sheet in enumerate(sheets)}
    found, waiting = {}, [(sheet, 0, 0)]
    for sheet, left, top in waiting:
        for k, box in enumerate(sheet.boxes):
            x, y = left + sheet.layout.corners[k][0], top + sheet.layout.corners[k][1]
            texts = [box.title]
            if k in sheet.opened:
                waiting.append((sheet.inside[k], x + SIDE, y + HEAD))
            else:
                texts += [*filter(None, [box.corner]), *box.lines]
            found[number[id(sheet)], k] = x, y, texts
    return found


@pytest.mark.parametrize("name", WORKS)
def test_the_page_shows_the_scene(show, name):
    drawn = survey(show(name))
    expected = expected_boxes(compose(look(WORKS[name]()), comfortable=AT_A_GLANCE).sheet)
    assert drawn.boxes.keys() == expected.keys()
    for place, box in drawn.boxes.items():
        *corner, texts = expected[place]
        assert np.abs(box.rect[:2] - corner).max() <= 1
        assert [text for text, _ in box.texts] == texts
    assert_in_order(drawn)


def test_what_an_edge_says_is_drawn_at_its_end(show):
    page = show("neuron")
    scene = compose(look(WORKS["neuron"]()))
    labels = [[text for text, _ in line.texts] for line in survey(page).lines.values()]
    assert ["−2.93", "gain ×1.5"] in labels
    assert len(labels) == len(scene.sheet.chart.edges)


@pytest.mark.parametrize(("scheme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_light_and_dark(show, scheme, palette):
    page = show("neuron", color_scheme=scheme)
    style = "([element, what]) => getComputedStyle(document.querySelector(element))[what]"

    def colour(hexadecimal):
        return f"rgb({', '.join(str(c) for c in bytes.fromhex(hexadecimal[1:]))})"

    assert page.evaluate(style, [".gg-page", "backgroundColor"]) == colour(palette.paper)
    assert page.evaluate(style, [".gg-node text", "fill"]) == colour(palette.ink)
    assert page.evaluate(style, [".gg-variable", "fill"]) == colour(palette.operand)


def test_a_hundred_thousand_nodes(open_page):
    loss = scalar_mlp(40, 150, 175, 1)
    page = open_page(viz.graph(loss))
    assert page.text_content(".gg-bottom > .gg-faint-text").startswith("103931 nodes")
    assert 0 < page.locator(".gg-node").count() <= 120
    assert_in_order(survey(page))


def test_search_leads_to_what_is_in_a_box_that_cannot_be_opened(open_page):
    loss = scalar_mlp(40, 150, 175, 1)
    view = look(loss)
    page = open_page(viz.graph(view.reader.trace))
    products = view.reader.recording.ops.count("multiply")
    openable = page.inside(
        "sheets.flatMap((s) => s.boxes).filter((b) => b.op === 'multiply').length"
    )
    page.fill("input[type=search]", "multiply")
    hidden = f"{products - openable} nodes inside boxes that stay closed"
    assert page.text_content(".gg-found").endswith(f" found, {hidden}")
    page.press("input[type=search]", "Shift+Enter")
    inside, among = page.inside("[within[turn], boxAt(chosen).about]")
    assert f"{inside} × multiply" in among
    assert page.text_content(".gg-found").endswith(f", {inside} nodes inside")
    assert page.locator(".gg-chosen").count() == 1
    page.fill("input[type=search]", "arctanh")
    assert page.text_content(".gg-found") == "0 found"


def test_four_thousand_boxes_in_one_sum(open_page):
    page = open_page(viz.graph(terms(1000)))
    assert_in_order(survey(page))
    page.click("[data-do=open-all]")
    assert 1000 < page.locator(".gg-node").count() <= 1500
    page.fill("input[type=search]", "x77")
    page.press("input[type=search]", "Enter")
    assert chosen(page) == "x77"


# --- opening and closing ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mlp", "scalar-100", "deep-mlp", "rnn"])
def test_sixty_boxes_opened_and_closed_at_random(show, name):
    page, draw = show(name), random.Random(name)
    for _ in range(60):
        press(page, "0")
        place = draw.choice(
            page.inside(
                "[...world.querySelectorAll('.gg-sign')].map(({ parentNode: { dataset } }) => "
                "[+dataset.s, +dataset.b])"
            )
        )
        was_open = page.inside("isOpen(boxAt(x))", place)
        assert click_sign(page, place) < 1
        assert page.inside("isOpen(boxAt(x))", place) != was_open
        assert said(page).endswith("closed" if was_open else "opened")
        assert_in_order(survey(page))


def test_edges_go_round_what_is_opened_in_their_column(show):
    page = show("scalar-10000")
    closed = [
        place for place in survey(page).can_open() if not page.inside("isOpen(boxAt(x))", place)
    ]
    sheets = [s for s, _ in closed]
    fullest = max(set(sheets), key=sheets.count)
    place = [place for place in closed if place[0] == fullest][2]
    assert click_sign(page, place) < 1
    assert_in_order(survey(page))


def test_everything_can_be_opened_and_closed(show):
    page = show("lstm")
    page.click("[data-do=open-all]")
    assert page.locator(".gg-sign + g, .gg-node").count() > 100
    assert page.inside("world.querySelectorAll('.gg-node .gg-sign').length") == 0
    assert_in_order(survey(page))
    page.click("[data-do=close-all]")
    assert page.locator(".gg-open").count() == 0
    assert said(page) == f"{page.locator('.gg-node').count()} boxes to be seen"


def test_a_double_click_and_the_button_open_too(show):
    page = show("mlp")
    box = page.locator(".gg-open > .gg-bar").first
    name = page.locator(".gg-open > .gg-name").first.text_content()
    box.dblclick()
    assert said(page) == f"{name} closed"
    page.get_by_role("button", name="Open the box").click()
    assert said(page) == f"{name} opened"
    assert page.get_by_role("button", name="Close the box").is_visible()


def test_the_second_click_means_the_box_that_the_first_one_moved(show):
    page = show("mlp", viewport={"width": 930, "height": 500})
    box = page.locator(".gg-node:has(.gg-sign)").last
    name, spot = box.locator(".gg-name").text_content(), box.bounding_box()
    scale = page.inside("view.scale")
    page.mouse.dblclick(spot["x"] + 20, spot["y"] + 10)
    assert page.inside("view.scale") < scale
    assert said(page) == f"{name} opened"


def test_the_details_leave_the_whole_in_sight(show):
    page = show("neuron", viewport={"width": 930, "height": 500})
    page.focus(CANVAS)
    for key, shown in (("End", True), ("Escape", False)):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert page.locator(".gg-details").is_visible() == shown
        frame = page.locator(CANVAS).bounding_box()
        for box in page.locator(".gg-node").all():
            spot = box.bounding_box()
            assert frame["x"] <= spot["x"]
            assert spot["x"] + spot["width"] <= frame["x"] + frame["width"]


def test_the_number_of_boxes_is_that_of_the_boxes_to_be_seen(show):
    page = show("mlp")
    nodes = len(look(WORKS["mlp"]()).reader.recording.nodes)
    told = set()
    for button in ("close-all", "open-all", "close-all"):
        page.click(f"[data-do={button}]")
        boxes = page.locator(".gg-node").count()
        size = page.text_content(".gg-bottom > .gg-faint-text").split(". ")[0]
        drawn = size.partition("slots")[2]
        assert drawn == ("" if boxes == nodes else f", drawn as {boxes} boxes")
        assert size in page.get_attribute(CANVAS, "aria-label")
        told.add(drawn)
    assert len(told) == 2


def test_the_canvas_shows_that_it_has_the_keys(show):
    page = show("neuron")
    page.focus("input[type=search]")
    press(page, "Escape")
    ring = page.inside(
        "[getComputedStyle(picture).outlineStyle, getComputedStyle(picture).outlineOffset]"
    )
    assert ring == ["solid", "-3px"]  # inside, where nothing cuts it off


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_numbers_are_written_as_python_writes_them(show, digits):
    numbers = [0.0, 2.5, -0.125, 1e4, 12345.0, 99995.0, 1e-4, 9.9995e-5, -3.14159e-7, 6.02e23]
    page = show("neuron")
    assert page.inside(f"x.map((each) => number(each, {digits}))", numbers) == [
        number(each, digits) for each in numbers
    ]


# --- search -------------------------------------------------------------------------------------


def test_search_finds_and_reveals_what_is_in_closed_boxes(show):
    page = show("mlp")
    page.click("[data-do=close-all]")
    press(page, "/")
    page.keyboard.type("fc2.weight")
    assert page.text_content(".gg-found") == "1 found"
    press(page, "Enter")
    assert page.text_content(".gg-found") == "1 of 1"
    assert chosen(page) == "weight"
    assert page.text_content(".gg-details h2") == "fc2.weight"
    marked, frame = page.locator(".gg-chosen"), page.locator(CANVAS).bounding_box()
    spot = marked.bounding_box()
    assert frame["x"] <= spot["x"] < spot["x"] + spot["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= spot["y"] < spot["y"] + spot["height"] <= frame["y"] + frame["height"]


def test_search_goes_round_by_operation_and_module(show):
    page = show("mlp")
    press(page, "/")
    page.keyboard.type("MATMUL")
    assert page.text_content(".gg-found") == "3 found"
    titles = []
    for key in ["Enter"] * 4 + ["Shift+Enter"]:
        press(page, key)
        titles.append((page.text_content(".gg-found"), page.text_content(".gg-details h2")))
    assert [turn for turn, _ in titles] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3", "3 of 3"]
    assert titles[0] == titles[3]
    assert len(set(titles)) == 3
    page.fill("input[type=search]", "act1")
    assert page.text_content(".gg-found") == "1 found"
    page.fill("input[type=search]", "nothing of that name")
    press(page, "Enter")
    assert page.text_content(".gg-found") == "0 found"
    press(page, "Escape")
    assert page.input_value("input[type=search]") == ""
    assert page.inside("document.activeElement === picture")


# --- keys, pointer, focus -----------------------------------------------------------------------


def test_arrows_walk_along_the_edges(show):
    page = show("neuron")
    page.focus(CANVAS)
    walk = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "End", "Home", "ArrowDown"):
        press(page, key)
        walk.append(chosen(page))
    assert walk == ["result", "− subtract", "tanh", "− subtract", "result", "w", "x"]
    assert said(page).startswith("x (variable), value: 1.5")
    press(page, "Escape")
    assert chosen(page) is None
    assert page.locator(".gg-details").is_hidden()


def test_every_box_can_be_reached_with_arrows(show):
    page = show("mlp")
    page.focus(CANVAS)
    press(page, "End")
    reached, waiting = set(), [page.inside("shown(chosen)")]
    directions = page.inside("Object.values(directions)")
    for place in waiting:
        for direction in directions:
            page.inside("(chosen = x, null)", place)
            near = page.inside("neighbour(...x)", direction)
            if near and tuple(near) not in reached:
                reached.add(tuple(near))
                waiting.append(near)
    assert reached == survey(page).boxes.keys()


def test_enter_opens_and_zoom_keys_zoom(show):
    page = show("mlp")
    page.focus(CANVAS)
    press(page, "Home")
    name = chosen(page)
    press(page, "Enter")
    assert said(page) == f"{name} closed"
    press(page, "Enter")
    assert said(page) == f"{name} opened"
    press(page, "0")
    whole = page.inside("view.scale")
    press(page, "+", "=")
    assert page.inside("view.scale") == pytest.approx(whole * 1.25**2)
    press(page, "-")
    assert page.inside("view.scale") == pytest.approx(whole * 1.25)
    press(page, "0")
    assert page.inside("view.scale") == whole


def test_zooming_keeps_its_centre_and_dragging_moves(show):
    page = show("neuron")
    place = survey(page).can_open() or [0, 3]
    spot = page.inside(CORNER, place)
    page.mouse.move(*spot)
    page.mouse.wheel(0, -300)
    assert page.inside("view.scale") > 1
    assert page.inside(CORNER, place) == pytest.approx(spot, abs=1)
    frame = page.locator(CANVAS).bounding_box()
    page.mouse.move(frame["x"] + 20, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + 60, frame["y"] + 50, steps=8)
    page.mouse.up()
    assert page.inside(CORNER, place) == pytest.approx([spot[0] + 40, spot[1] + 30], abs=6)
    assert chosen(page) is None


def test_pointing_tells_all_the_figures(show):
    page = show("neuron")
    tip = page.locator(".gg-tip")
    assert tip.is_hidden()
    page.get_by_text("tanh", exact=True).hover()
    scene = compose(look(WORKS["neuron"]()))
    assert tip.text_content().startswith("tanh (operation)\nvalue: −0.6351")
    assert scene.root.label
    page.get_by_text("gain ×1.5").hover()
    assert "w" in tip.text_content().split("\n")[0]
    assert "gain" in tip.text_content()
    frame, spot = page.locator(".gg-page").bounding_box(), tip.bounding_box()
    assert spot["x"] + spot["width"] <= frame["width"]
    assert spot["y"] + spot["height"] <= frame["height"]
    page.mouse.move(600, 780)
    assert tip.is_hidden()


def focused(page):
    return page.evaluate(
        "() => { const e = document.activeElement;"
        "return e.getAttribute('aria-label')?.slice(0, 8) || e.textContent.trim(); }"
    )


def test_tab_goes_through_the_page_in_the_order_it_is_read(show):
    page = show("neuron")
    order = []
    for _ in range(10):
        press(page, "Tab")
        order.append(focused(page))
    assert order == [
        "Search b", "Step", "Open all", "Close all", "Zoom out", "Zoom in", "Fit", "Gradient",
        "Legend", "Table",
    ]  # fmt: skip
    press(page, "Home")
    assert chosen(page) == "w"


def test_what_unfolds_below_leaves_the_whole_in_sight(show):
    page = show("broken")
    page.click("summary:text-is('Legend')")
    page.wait_for_timeout(200)
    frame = page.locator(CANVAS).bounding_box()
    for box in page.locator(".gg-node > .gg-name").all():
        assert box.bounding_box()["y"] < frame["y"] + frame["height"]


def test_keys_work_as_soon_as_the_page_is_open(show):
    page = show("neuron")
    press(page, "End")
    assert chosen(page) == "result"
    press(page, "/")
    assert focused(page) == "Search b"


def test_keys_belong_to_the_field_that_is_typed_in(show):
    page = show("neuron")
    whole = page.inside("view.scale")
    press(page, "/")
    page.keyboard.type("+-0/")
    assert page.input_value("input[type=search]") == "+-0/"
    assert page.inside("view.scale") == whole


# --- details, table, what is said ---------------------------------------------------------------


def test_details_show_histograms_and_edges(show):
    page = show("mlp")
    page.fill("input[type=search]", "fc2.weight")
    page.press("input[type=search]", "Enter")
    loss = WORKS["mlp"]()
    trace = loss.trace()
    (weight,) = (
        step.node for step in trace.steps
        if step.node.is_leaf and step.node.name == "weight" and step.node.shape == (16, 16)
    )  # fmt: skip
    shown = page.locator(".gg-details figure svg")
    labels = [shown.nth(k).get_attribute("aria-label") for k in range(shown.count())]
    assert labels == [
        f"{title}: {', '.join(map(str, histogram(data).counts))}"
        for title, data in (("values", weight.data), ("gradient", trace[weight].gradient))
    ]
    assert page.locator(".gg-edges > li").count() == 1
    assert "gain: 1" in page.text_content(".gg-edges > li")
    page.get_by_role("button", name="Close the details").click()
    assert page.locator(".gg-details").is_hidden()
    assert page.inside("document.activeElement === picture")


def test_details_name_the_line_that_made_a_node(open_page):
    with record_source():
        loss = Value(2.0, name="x") * 3.0
    page = open_page(viz.graph(loss))
    page.focus(CANVAS)
    press(page, "End")
    assert page.text_content(".gg-details code").endswith(loss.source)


def test_a_name_is_text_and_not_markup(open_page):
    page = open_page(viz.graph(Value(2.0, name="<img src=x onerror=alert(1)>") * 3.0))
    page.focus(CANVAS)
    press(page, "Home", "ArrowDown", "End")
    page.click("summary:text-is('Table')")
    page.get_by_role("cell").first.wait_for()
    assert page.locator("img").count() == 0


def test_the_table_has_every_box_and_edge(show):
    page = show("lstm")
    page.click("summary:text-is('Table')")
    page.locator(".gg-table tbody tr").first.wait_for()
    boxes, edges = page.inside(
        "['boxes', 'edges'].map((what) => sheets.reduce((n, sheet) => n + sheet[what].length, 0))"
    )
    assert page.locator(".gg-table tbody tr").count() == boxes + edges
    row = page.locator(
        ".gg-table tbody tr", has=page.get_by_role("rowheader", name="head.bias", exact=True)
    )
    assert "RMS 0.0611" in row.text_content()


def test_the_page_says_what_it_is_in_words(show):
    page, picture = show("mlp"), viz.graph(WORKS["mlp"]())
    about = page.get_attribute(CANVAS, "aria-label")
    assert about.startswith(picture.title)
    assert "Arrow keys move" in about
    assert page.title() == picture.title
    assert page.get_attribute("html", "lang") == "en"
    for button in page.get_by_role("button").all():
        assert button.get_attribute("aria-label") or button.text_content().strip()


def test_nothing_moves_by_itself(show):
    page = show("mlp", reduced_motion="reduce")
    assert page.inside("still") is True
    moving = "document.getAnimations().length"
    click_sign(page, survey(page).can_open()[0])
    assert page.evaluate(moving) == 0


# --- several on a page, in frames ---------------------------------------------------------------


@pytest.fixture
def open_html(browser, tmp_path):
    """Open some HTML as a notebook would; nothing but itself may be asked for."""
    troubles, pages = [], []

    def open_(html, **options):
        file = tmp_path / "outputs.html"
        file.write_text(f"<!DOCTYPE html><meta charset=utf-8><title>outputs</title>{html}", "utf-8")
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text))
        page.on("request", lambda request: troubles.append(request.url))
        page.goto(file.as_uri())
        troubles.remove(file.as_uri())
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert [each for each in troubles if not each.startswith("data:image/svg+xml")] == []


def test_two_pictures_on_one_page_do_not_collide(open_html):
    first, second = viz.graph(WORKS["mlp"]()), viz.step(WORKS["neuron"]())
    page = open_html(f"{first._repr_html_()}<h2>between</h2>{second._repr_html_()}")
    frames = page.frames[1:]
    for frame in frames:
        frame.locator(".gg-node").first.wait_for()
    assert [frame.title() for frame in frames] == [first.title, second.title]
    counts = [frame.locator(".gg-node").count() for frame in frames]
    frames[0].click("[data-do=close-all]")
    frames[1].click("[data-step=next]")
    assert frames[0].locator(".gg-node").count() < counts[0]
    assert frames[1].locator(".gg-node").count() == counts[1]
    assert frames[1].text_content(".gg-position") == "step 1 of 7"
    assert frames[0].locator(".gg-step").is_hidden()
    for image in page.locator("img").all():
        assert image.is_hidden()


def test_a_frame_has_no_rights_but_its_script(open_html):
    page = open_html(viz.graph(WORKS["neuron"]())._repr_html_())
    frame = page.frames[1]
    frame.locator(".gg-node").first.wait_for()
    assert page.get_attribute("iframe", "sandbox") == "allow-scripts"
    assert frame.evaluate("self.origin") == "null"


@pytest.mark.parametrize("width", [1500, 930, 600])
def test_a_frame_is_as_high_as_the_picture_in_it(open_html, width):
    model, x, y = nn.MLP((6, 8, 8, 8, 8, 8, 3), seed=0), np.ones((2, 6)), np.array([0, 2])
    picture = viz.network(model, x, y, loss=nn.functional.cross_entropy)
    page = open_html(picture._repr_html_(), viewport={"width": width, "height": 900})
    svg = page.frames[1].locator("svg")
    svg.wait_for()
    drawn = svg.bounding_box()["height"]
    scrolls = page.frames[1].evaluate("document.documentElement.scrollHeight > innerHeight")
    assert not scrolls
    assert drawn <= page.locator("iframe").bounding_box()["height"] <= drawn + 21


@pytest.mark.parametrize("name", ["neuron", "mlp", "broken"])
def test_a_frame_has_room_for_the_graph_and_little_more(open_html, name):
    page = open_html(viz.step(WORKS[name]())._repr_html_(), viewport={"width": 930, "height": 900})
    frame = page.frames[1]
    frame.locator(".gg-node").first.wait_for()
    height = page.locator("iframe").bounding_box()["height"]
    drawn = frame.locator(f"{CANVAS} > g").bounding_box()
    assert 420 <= height <= 800
    assert drawn["width"] > 0.6 * 914 or height == 800
    assert height == 420 or frame.locator(CANVAS).bounding_box()["height"] < drawn["height"] + 80


def test_the_wheel_scrolls_the_notebook_past_a_frame(open_html):
    page = open_html(f"{viz.graph(WORKS['neuron']())._repr_html_()}<div style=height:3000px></div>")
    frame = page.frames[1]
    frame.locator(".gg-node").first.wait_for()
    before = frame.get_attribute(f"{CANVAS} > g", "transform")
    page.mouse.move(300, 200)
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 0")
    assert frame.get_attribute(f"{CANVAS} > g", "transform") == before


def test_without_frames_and_styles_the_still_picture_shows(open_html):
    picture = viz.graph(WORKS["neuron"]())
    kept = picture._repr_html_().partition("<img")[2].partition("<iframe")[0]
    page = open_html(f"<img{kept}")
    image = page.locator("img")
    assert image.is_visible()
    assert image.evaluate("i => i.complete && i.naturalWidth") > 500
    assert image.get_attribute("alt") == f"{picture.title}. {picture.alt}"
    assert escape(picture.title) in kept
