"""Stepping in a real browser: at every position the page says what Python's stepper says."""

import random

import numpy as np
import pytest

import viz
from autograd import Node, Tensor, Value
from tests.gallery.works import WORKS, scalar_mlp
from viz.scene.chart import look
from viz.stepping.figures import figure, short
from viz.stepping.quiz import TOLERANCE
from viz.stepping.stepper import Stepper

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

CANVAS = "svg.gg-canvas"
_READ = """(() => {
  const text = (selector) => root.querySelector(selector)?.textContent ?? null;
  const lines = [...homes].map(([node, home]) =>
      [node, boxAt(home).node === node && boxElement(home)])
    .filter(([, element]) => element)
    .map(([node, element]) => [node, [...element.querySelectorAll(":scope > text")]
      .map(({ textContent }) => textContent).find((line) => line.startsWith("grad ")) ?? null]);
  return {
    position: text(".gg-position"), range: root.querySelector("[aria-label=Position]").value,
    said: said.textContent, gradients: Object.fromEntries(lines),
    rule: [...root.querySelectorAll(".gg-rule > p")].map((p) => p.textContent),
    formula: root.querySelector(".gg-formula")?.innerHTML ?? null,
    now: [...root.querySelectorAll(".gg-edge.gg-now")].flatMap(({ dataset: { s, e } }) =>
      sheets[s].edges[e].links.map((link) => data.links[link])),
  };
})()"""
_NORMAL = """(() => {
  const box = document.createElement("p");
  box.innerHTML = x;
  return box.innerHTML;
})()"""


class Walk:
    """A page at the start, and the stepper of the same trace."""

    def __init__(self, open_page, loss, **options):
        trace = loss.trace()
        self.stepper = Stepper(trace)
        self.nodes = look(trace).reader.recording.nodes
        self.page = open_page(viz.step(trace, depth=9), **options)
        self.total = len(self.stepper.flows)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def position(self):
        words = self.page.text_content(".gg-position").split()
        assert words[::2] == ["step", "of"]
        assert int(words[3]) == self.total
        return int(words[1])

    def gradient_line(self, node):
        received = self.stepper.received(node)
        if received.gradient is None:
            return "grad not yet"
        line = f"grad {short(figure(received.gradient))}"
        return line if received.complete else f"{line} ({received.arrived} of {received.expected})"

    def check(self, position):
        """Whether the page says at a position what the stepper says there."""
        self.stepper.seek(position)
        page = self.page.inside(_READ)
        assert page["position"] == f"step {position} of {self.total}"
        assert page["range"] == str(position)
        for i, shown in page["gradients"].items():
            node = self.nodes[int(i)]
            if isinstance(node, Node) and node in self.stepper.trace:
                assert shown == self.gradient_line(node)
        flow = self.stepper.flow
        if flow is None:
            root = self.stepper.labels.result
            assert page["rule"][0].startswith(f"Backpropagation begins at {root}")
            assert page["now"] == []
            return
        equation = self.stepper.equation(position - 1)
        assert page["formula"] == self.page.inside(_NORMAL, equation.mathml)
        assert page["rule"][1:] == [equation.numbers, equation.words, equation.legend]
        assert page["said"].endswith("".join(page["rule"][1:]))
        drawn = [(self.nodes[a], self.nodes[b], slot) for a, b, slot in page["now"]]
        assert any(
            a is flow.target and b is flow.source and slot == flow.slot for a, b, slot in drawn
        )


@pytest.fixture
def walk(open_page):
    return lambda loss, **options: Walk(open_page, loss, **options)


def random_graph(seed):
    """Numbers or arrays; nodes used several times, gates, NaN and infinities."""
    rng = random.Random(seed)
    if seed % 2:
        nodes = [Value(rng.choice([0.0, rng.uniform(-2, 2)]), name=name) for name in "ab"]
    else:
        draw = np.random.default_rng(seed)
        nodes = [
            Tensor(draw.normal(size=(2, 3)), name="a"),
            Tensor(draw.normal(size=3), name="b<&>"),
        ]
    steps = [
        lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / b,
        lambda a, b: np.tanh(a), lambda a, b: np.maximum(a, b), lambda a, b: np.exp(a),
        lambda a, b: np.sqrt(np.maximum(a, 0.0)), lambda a, b: np.log(np.abs(a)), lambda a, b: a**2,
    ]  # fmt: skip
    for _ in range(rng.randrange(3, 10)):
        nodes.append(rng.choice(steps)(*rng.choices(nodes[-4:], k=2)))
    total = nodes[-1] * 0.5 + nodes[0] * nodes[1]
    return total if seed % 2 else np.mean(total)


# --- walking ------------------------------------------------------------------------------------


def test_two_hundred_steps_by_keyboard_and_back(walk):
    way = walk(scalar_mlp(4, 7, 4, 1))
    assert way.total >= 200
    way.check(0)
    for position in range(1, 201):
        way.press("ArrowRight")
        way.check(position)
    for position in range(199, -1, -1):
        way.press("ArrowLeft")
        way.check(position)
    way.press("ArrowLeft")
    way.check(0)


@pytest.mark.parametrize("name", ["mlp", "cnn", "broken"])
def test_arrays_and_what_is_not_finite(walk, name):
    way = walk(WORKS[name]())
    for position in range(1, way.total + 1):
        way.press("n")
        way.check(position)
    way.press("n")
    assert way.page.text_content("[aria-live]") == "the end: every gradient is complete"
    way.press("p")
    way.check(way.total - 1)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph(walk, seed):
    way = walk(random_graph(seed))
    way.check(0)
    for position in range(1, way.total + 1):
        way.press("ArrowRight")
        way.check(position)
    way.press("Home")
    way.check(0)
    way.press("End")
    way.check(way.total)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_wherever_one_jumps_the_picture_shows_what_has_flowed(walk, name):
    way = walk(WORKS[name]())
    place = {id(node): i for i, node in enumerate(way.nodes)}
    flows = [(place[id(f.target)], place[id(f.source)], f.slot) for f in way.stepper.flows]
    later = """[...world.querySelectorAll(".gg-edge")].map((element) => [
        sheets[element.dataset.s].edges[element.dataset.e].links.map((link) => data.links[link]),
        element.classList.contains("gg-later")])"""
    jumps = random.Random(0)
    for turn in range(12):
        position = jumps.randrange(way.total + 1)
        way.page.locator("[aria-label=Position]").fill(str(position))
        if turn % 4 == 3:
            way.page.inside("redraw()")
        taken, to_come = set(flows[:position]), set(flows[position:])
        for links, is_later in way.page.inside(later):
            links = {tuple(link) for link in links} & (taken | to_come)
            assert is_later == bool(links and links <= to_come)
        assert way.page.locator(".gg-glow").count() == way.page.locator(".gg-edge.gg-now").count()


def test_scrubbing_and_buttons(walk):
    way = walk(WORKS["mlp"]())
    for position in (13, 4, way.total, 0):
        way.page.locator("[aria-label=Position]").fill(str(position))
        way.stepper.seek(position)
        shown = way.page.inside(_READ)
        assert way.position == position
        if position:
            assert shown["rule"][1] == way.stepper.equation(position - 1).numbers
        assert (
            way.page.get_attribute("[aria-label=Position]", "aria-valuetext") == shown["position"]
        )
    for name, position in (
        ("last", way.total),
        ("previous", way.total - 1),
        ("first", 0),
        ("next", 1),
    ):
        way.page.click(f"[data-step={name}]")
        way.check(position)


def test_what_has_not_been_computed_is_faded(walk):
    way = walk(WORKS["neuron"]())
    faded = ".gg-node.gg-later > .gg-name"
    assert way.page.locator(faded).all_text_contents() == [
        "w", "x", "b", "× multiply", "+ add", "tanh", "− subtract",
    ]  # fmt: skip
    way.press("n", "n")
    assert "tanh" not in way.page.locator(faded).all_text_contents()
    way.press("End")
    assert way.page.locator(".gg-later").count() == 0


def test_opening_a_box_keeps_the_position(walk):
    way = walk(WORKS["mlp"]())
    way.press(*["n"] * 9)
    way.page.click("[data-do=close-all]")
    assert way.position == 9
    assert way.page.locator(".gg-node.gg-now").count() > 0
    way.page.click("[data-do=open-all]")
    way.page.focus(CANVAS)
    way.press("n", "p")
    way.check(9)


def test_the_mode_can_be_left_and_entered(walk):
    way = walk(WORKS["neuron"]())
    way.press("n")
    way.page.click("[data-do=step]")
    assert way.page.locator(".gg-step").is_hidden()
    assert way.page.locator(".gg-later, .gg-now").count() == 0
    assert way.page.get_by_text("grad −2.927").is_visible()
    way.press("ArrowRight")
    assert way.page.locator(".gg-step").is_hidden()
    way.page.click("[data-do=step]")
    assert way.page.locator(".gg-step").is_visible()


@pytest.mark.parametrize(("motion", "pace"), [("no-preference", 900), ("reduce", 2000)])
def test_play(walk, motion, pace):
    way = walk(WORKS["neuron"](), reduced_motion=motion)
    way.page.clock.install()
    way.press(" ")
    assert way.page.get_attribute("[data-step=play]", "aria-pressed") == "true"
    way.page.clock.run_for(3 * pace + 10)
    assert way.position == 3
    way.press(" ")
    way.page.clock.run_for(5 * pace)
    way.check(3)
    way.page.click("[data-step=play]")
    way.page.clock.run_for(20 * pace)
    way.check(way.total)
    assert way.page.get_attribute("[data-step=play]", "aria-pressed") == "false"


def test_the_space_bar_presses_the_button_that_has_the_focus(walk):
    way = walk(WORKS["neuron"]())
    way.page.focus("[data-step=quiz]")
    way.press(" ")
    assert way.page.get_attribute("[data-step=quiz]", "aria-pressed") == "true"
    assert way.page.get_attribute("[data-step=play]", "aria-pressed") == "false"
    way.page.focus("[data-step=last]")
    way.press("Enter")
    assert way.position == way.total


# --- breakpoints --------------------------------------------------------------------------------


def stops(way, key, run):
    """Where the page and the stepper stop, one after the other, to the end or the start."""
    found = []
    while True:
        way.press(key)
        met = run()
        found.append((way.position, way.stepper.position))
        if met is None:
            return found


@pytest.mark.parametrize(
    ("name", "conditions"),
    [
        ("deep-mlp", ["gain < 0.3"]),
        ("deep-mlp", ["gain >= 0.9 and gain <= 1.1"]),
        ("deep-mlp", ["|grad| < 1e-6"]),
        ("deep-mlp", ["gain == 1"]),
        ("deep-mlp", ["|grad| != 0 and scope == 'fc7'"]),
        ("scalar-100", ['op == "tanh"']),
        ("scalar-100", ['op != "multiply"']),
        ("mlp", ['scope == "fc2"']),
        ("mlp", ["scope != 'fc2' and |grad| > 0.02"]),
        ("neuron", ["node == 'w'"]),
        ("neuron", ["b"]),
        ("mlp", ["fc2.weight", "transpose #2"]),
        ("broken", ["nonfinite"]),
        ("broken", ["nonfinite", "gain > 2"]),
        ("broken", ["|grad| <= 0"]),
    ],
)
def test_breakpoints_stop_where_the_stepper_stops(walk, name, conditions):
    way = walk(WORKS[name]())
    for condition in conditions:
        way.page.fill(".gg-stop input", condition)
        way.page.press(".gg-stop input", "Enter")
        assert way.page.text_content("[aria-live]") == f"breakpoint {condition}"
        way.stepper.add_breakpoint(condition)
    way.page.focus(CANVAS)
    forwards = stops(way, "c", way.stepper.run)
    assert len(forwards) > 1
    backwards = stops(way, "r", lambda: way.stepper.run(backwards=True))
    assert [mine for mine, _ in forwards] == [theirs for _, theirs in forwards]
    assert [mine for mine, _ in backwards] == [theirs for _, theirs in backwards]


def test_a_breakpoint_is_announced_and_can_be_removed(walk):
    way = walk(WORKS["neuron"]())
    way.page.fill(".gg-stop input", 'op == "tanh"')
    way.page.get_by_role("button", name="Add").click()
    way.page.click("[data-step=run]")
    assert way.page.text_content("[aria-live]").startswith('stopped at op == "tanh".')
    assert way.page.text_content("[aria-live]").endswith(way.page.text_content(".gg-rule"))
    way.page.get_by_role("button", name='Remove the breakpoint op == "tanh"').click()
    assert way.page.locator(".gg-stops li").count() == 0
    way.page.click("[data-step=back]")
    assert way.position == 0


@pytest.mark.parametrize(
    "wrong", ["", "gain <", "gain < x", "op == tanh", "nothing", "gain < 1 or gain > 2"]
)
def test_what_is_no_condition_is_refused_with_examples(walk, wrong):
    way = walk(WORKS["neuron"]())
    way.page.fill(".gg-stop input", wrong)
    way.page.press(".gg-stop input", "Enter")
    assert "gain < 1e-2" in way.page.text_content("[aria-live]")
    assert way.page.locator(".gg-stops li").count() == 0
    way.page.fill(".gg-stop input", "nonfinite")
    way.page.press(".gg-stop input", "Enter")
    assert way.page.locator(".gg-stops li").count() == 1


@pytest.mark.parametrize("never", ['op == "sinh"', 'scope == "fc9"', 'node == "zz"'])
def test_a_condition_that_can_never_be_met_is_refused(walk, never):
    way = walk(WORKS["neuron"]())
    way.page.fill(".gg-stop input", never)
    way.page.press(".gg-stop input", "Enter")
    assert way.page.locator(".gg-stops li").count() == 0


# --- quiz ---------------------------------------------------------------------------------------


@pytest.fixture
def quiz(walk):
    way = walk(WORKS["neuron"]())
    way.page.click("[data-step=quiz]")
    way.page.click("[data-step=next]")
    return way


def answer_of(way):
    return float(way.stepper.flows[way.position - 1].contribution)


def test_the_question_comes_before_the_answer(quiz):
    assert quiz.page.text_content(".gg-rule") == quiz.stepper.equation(0).question
    assert quiz.page.text_content("[aria-live]") == quiz.stepper.equation(0).question
    assert quiz.page.locator(".gg-quiz input").evaluate("e => e === document.activeElement")


def test_the_picture_does_not_give_the_answer_away(quiz):
    seen = [text for text in quiz.page.locator(f"{CANVAS} text").all() if text.is_visible()]
    answer = f"{answer_of(quiz):.3g}".replace("-", "−")
    assert not [words for words in (text.text_content() for text in seen) if answer in words]


@pytest.mark.parametrize(
    ("factor", "right"),
    [(1, True), (1 + 0.9 * TOLERANCE, True), (1 + 1.1 * TOLERANCE, False), (-1, False), (0, False)],
)
def test_a_prediction_is_judged_as_python_judges_it(quiz, factor, right):
    quiz.page.fill(".gg-quiz input", repr(answer_of(quiz) * factor))
    quiz.press("Enter")
    verdict = quiz.page.text_content(".gg-verdict")
    assert verdict.startswith("✓ Right" if right else "✗ Not quite")
    assert verdict.endswith(f"{int(right)} of 1 predicted rightly.")
    assert quiz.stepper.equation(0).words in quiz.page.text_content(".gg-rule")
    assert quiz.page.locator(".gg-quiz").is_hidden()


def test_true_minus_signs_and_decimal_commas_are_read(quiz):
    quiz.page.fill(".gg-quiz input", f"{answer_of(quiz):.4f}".replace("-", "−").replace(".", ","))
    quiz.press("Enter")
    assert quiz.page.text_content(".gg-verdict").startswith("✓")


def test_what_is_only_revealed_does_not_count(quiz):
    quiz.press("Enter")
    assert quiz.page.locator(".gg-verdict").count() == 0
    quiz.check(1)
    quiz.press("n")
    quiz.page.fill(".gg-quiz input", "1e9")
    quiz.press("Enter")
    assert quiz.page.text_content(".gg-verdict").endswith("0 of 1 predicted rightly.")


def test_arrays_are_shown_without_a_question(walk):
    way = walk(WORKS["mlp"]())
    way.page.click("[data-step=quiz]")
    way.page.focus(CANVAS)
    for position in (1, 2, 3):
        way.press("n")
        assert way.page.locator(".gg-quiz").is_hidden()
        assert way.page.text_content(".gg-numbers") == way.stepper.equation(position - 1).numbers
