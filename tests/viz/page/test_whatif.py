"""What if: the page computes what Python would, for any operation, graph and number."""

import json
import math
import pkgutil
from functools import reduce
from importlib import import_module
from itertools import product
from operator import add

import numpy as np
import pytest

import autograd
import nn
import viz
from autograd import Tensor, Value, ValueArray, scope
from autograd.primitives import TABLE
from viz.page.payload import payload
from viz.page.whatif import LEFT_OUT, MOST, operations_of_page, program
from viz.scene.chart import look
from viz.scene.numbers import number
from viz.scene.scene import compose

#: Operations with parameters, and parameters to try.
PARAMS = {
    "angle": [{}, {"deg": True}],
    "clip": [
        {"a_min": -1.0, "a_max": 2.0},
        {"a_min": 0.5, "a_max": None},
        {"a_min": None, "a_max": 0.0},
    ],
    "copy": [{}, {"order": "K"}],
    "elu": [{}, {"alpha": 0.3}],
    "leaky_relu": [{}, {"negative_slope": 0.2}],
    "nan_to_num": [
        {"nan": 0.5, "posinf": None, "neginf": None},
        {"nan": 0.0, "posinf": 9.0, "neginf": -9.0},
    ],
    "round": [{}, {"decimals": 2}, {"decimals": -1}],
}


def elementwise_on_values():
    """Every operation of the project, not of a test, that a Value can record."""
    for package in (autograd, nn):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "nn.interchange.torch_layers":  # which needs PyTorch, and adds none
                import_module(module.name)
    return {key for key, p in TABLE.items() if p.derivatives and p.scalar and key == p.name}


def same(mine, theirs):
    """Equal to 1e-12, nan where the other is, and of the same sign if 0."""
    if mine == theirs == 0:
        return math.copysign(1.0, mine) == math.copysign(1.0, theirs)
    return math.isclose(mine, theirs, rel_tol=1e-12) or (mine != mine and theirs != theirs)


def refusal(loss, **options):
    return program(look(loss, **options)).get("refused")


# --- the program ------------------------------------------------------------------------------


def test_every_elementwise_operation_is_in_the_page_or_left_out_for_a_reason():
    recordable = elementwise_on_values()
    assert operations_of_page() | set(LEFT_OUT) == recordable
    assert not operations_of_page() & set(LEFT_OUT)
    assert all(LEFT_OUT.values())
    assert set(PARAMS) == {key for key in operations_of_page() if TABLE[key].params}


def test_the_program_of_a_neuron():
    x, w = Value(0.5, requires_grad=False), Value(-2.0)
    found = program(look(np.tanh(w * x + 1.0)))
    assert found["names"] == ["multiply", "add", "tanh"]
    assert found["operations"] == [-1, -2, 0, -2, 1, 2]
    assert found["leaves"] == {0: -2.0, 1: 0.5, 3: 1.0}
    assert found["order"] == [5, 4, 2]
    assert found["seed"] == 1.0


def test_parameters_and_numbers_that_json_lacks():
    y = np.clip(Value(math.inf), -math.inf, np.float32(2.0)) + math.nan
    found = program(look(y.trace(gradient=-3.0)))
    assert found["params"] == {1: ["-Infinity", 2.0]}
    assert found["leaves"] == {0: "Infinity", 2: "NaN"}
    assert found["seed"] == -3.0


def test_the_forward_pass_alone_is_offered_too():
    assert refusal(Value(2.0) * 3.0, gradients=False) is None


@autograd.primitive(derivative=lambda x, y: 2.0)
def sin(x):
    """Has the name of another."""
    return 2.0 * x


def test_what_the_page_cannot_compute_is_refused_in_a_clause():
    from scipy.special import gammaln

    x = Value(0.5)
    assert refusal(np.where(x > 0, x, 0.0)) == (
        "this graph has 'where', which has a condition that was decided when the graph was recorded"
    )
    assert "'gammaln', which is a special function" in refusal(gammaln(x) + 1.0)
    assert refusal(sin(x)) == "this graph has 'sin', which the page does not know"
    assert "arrays" in refusal(np.sum(Tensor([1.0, 2.0])))
    assert "arrays" in refusal(np.prod(np.array([1.0, 2.0]) * x))


def test_a_graph_that_is_too_large_is_refused():
    x = Value(1.0)
    y = x
    while len(look(y, gradients=False).reader.recording.nodes) <= MOST:
        for _ in range(500):
            y = y + x
    assert f"up to {MOST} nodes" in refusal(y)


def test_a_graph_whose_numbers_have_changed_is_refused():
    x = Value(1.0)
    y = x * x
    x.data = 2.0
    assert "was changed" in refusal(y, gradients=False)


def test_a_comparison_is_refused():
    first, second = Value(1.0, name="x") * 2.0, Value(2.0, name="x") * 2.0
    data = json.loads(viz.compare(first, second).difference.json)
    assert data["whatif"] == {"refused": "two graphs are compared here"}


# --- the rules --------------------------------------------------------------------------------

#: Numbers at which something changes, and others between.
NUMBERS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.0, 2.5, -3.0, 0.3, 0.65, 0.9999, 7.3, -7.3),
    *(30.0, -30.0, 1e-8, -1e-8, 800.0, -800.0, 1e300, -1e300, 1e-300, 5e-324),
    *(math.inf, -math.inf, math.nan),
]


def rule_cases():
    """Operations at all these numbers: name, operands, parameters, and what Python gives."""
    with np.errstate(all="ignore"):  # as in a sweep
        for key in sorted(operations_of_page()):
            p = TABLE[key]
            for args in product(NUMBERS, repeat=p.arity):
                if key in ("maximum", "minimum") and args[0] == args[1] == 0:
                    continue  # which 0 is returned, numpy leaves to the processor
                for params in PARAMS.get(key, [{}]):
                    y = p.on_floats(*args, **params)
                    slopes = [p.local_derivative(k, args, y, params) for k in range(p.arity)]
                    yield key, args, list(params.values()), [y, *slopes]


def alike(mine, theirs):
    """The same number, or the same gate: a gate stops an infinity, and a 0 does not."""
    return isinstance(mine, bool) == isinstance(theirs, bool) and same(mine, theirs)


@pytest.mark.browser
def test_every_rule_gives_the_number_of_python(open_page):
    run = """x.map(([name, args, params]) => {
        const [forward, ...derivatives] = RULES[name], y = forward(...args, ...params);
        const local = (d) => typeof d === "number" ? d : d(...args, y, ...params);
        return [y, ...derivatives.map(local)];
    })"""
    cases = list(rule_cases())
    found = open_page(viz.graph(Value(1.0) * 2.0)).inside(run, [case[:3] for case in cases])
    wrong = [
        (*case, mine)
        for case, mine in zip(cases, found, strict=True)
        if not all(map(alike, mine, case[3]))
    ]
    assert wrong == []


# --- whole graphs -----------------------------------------------------------------------------


def evaluate(recipe, numbers):
    """A graph of Values with these numbers in its leaves v0, c1, …"""
    kinds, steps = recipe
    leaves = [
        Value(x, requires_grad=kind == "variable", name=f"{kind[0]}{k}")
        for k, (kind, x) in enumerate(zip(kinds, numbers, strict=True))
    ]
    nodes = list(leaves)
    for key, operands, params in steps:
        nodes.append(TABLE[key](*(nodes[k] for k in operands), **params))
    used = {k for _, operands, _ in steps for k in operands}
    last = [node for k, node in enumerate(nodes) if k not in used and node.requires_grad]
    return reduce(add, last)


def is_tame(x):
    """Neither huge, nor a difference of roundings, nor just where a gain changes its colour."""
    if not math.isfinite(x) or not (x == 0 or 1e-12 < abs(x) < 20):
        return False
    return x == 0 or abs(math.log2(abs(x)) % 1 - 0.5) > 1e-9


def random_recipe(rng, starts, length=30):
    """Operations at random; with any of `starts` in the leaves every number is moderate.

    Where rounding is blown up, equality to 1e-12 says nothing: the sine of 1e10, say.
    """
    kinds = ["variable", *rng.choice(["variable", "constant"], size=len(starts[0]) - 1)]
    tables = [list(numbers) for numbers in starts]
    steps = []
    keys = sorted(operations_of_page())
    while len(steps) < length:
        key = keys[rng.integers(len(keys))]
        p = TABLE[key]
        operands = [int(k) for k in rng.integers(len(tables[0]), size=p.arity)]
        if all(k < len(kinds) and kinds[k] == "constant" for k in operands):
            continue  # would be recorded as a constant of its own
        choices = PARAMS.get(key, [{}])
        params = choices[rng.integers(len(choices))]
        found = []
        for numbers in tables:
            args = [numbers[k] for k in operands]
            with np.errstate(all="ignore"):
                y = p.on_floats(*args, **params)
                slopes = [p.local_derivative(k, args, y, params) for k in range(p.arity)]
            found.append((y, [y, *slopes]))
        if all(map(is_tame, (x for _, several in found for x in several))):
            steps.append((key, operands, params))
            for numbers, (y, _) in zip(tables, found, strict=True):
                numbers.append(y)
    return kinds, steps


def data_of(loss, **options):
    """What a page would show of it, after a journey through JSON."""
    return json.loads(json.dumps(payload(compose(look(loss), **options))))


def change(page, loss, numbers):
    """Give the leaves v0, c1, … these numbers, as if all were typed at once."""
    nodes = look(loss).reader.recording.nodes
    named = [
        [k, numbers[int(node.name[1:])]]
        for k, node in enumerate(nodes)
        if getattr(node, "name", "")
    ]
    return page.inside(
        "new Promise((done) => { x.forEach(([node, number]) => whatIf.change(node, number));"
        " requestAnimationFrame(() => done(whatIf.current)); })",
        named,
    )


SHOWN = {
    "boxes": ("title", "lines", "about", "broken"),
    "edges": ("look", "width", "labels", "about"),
}


def assert_shows(page, expected):
    """Every text, width and colour in the page is that of other data."""
    shown, summary = page.inside("[data.sheets, $('.gg-bottom>.gg-faint-text').textContent]")
    for mine, theirs in zip(shown, expected["sheets"], strict=True):
        for parts, fields in SHOWN.items():
            for a, b in zip(mine[parts], theirs[parts], strict=True):
                assert {f: a[f] for f in fields} == {f: b[f] for f in fields}
    assert summary == expected["summary"]
    assert page.locator("svg.gg-canvas").get_attribute("aria-label").count(summary) == 1


def assert_computes(current, loss):
    """Every value and gradient is Python's, but for the sign of a 0."""
    nodes, trace = look(loss).reader.recording.nodes, loss.trace()
    for k, node in enumerate(nodes):
        assert same(current["values"][k] + 0.0, float(node) + 0.0), (k, node)
        if node in trace:
            assert same(current["gradients"][k] + 0.0, trace[node].gradient + 0.0), (k, node)


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(100))
def test_a_random_graph_is_computed_as_by_python(open_page, seed):
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-2.0, 2.0, size=(4, rng.integers(2, 7))).tolist()
    recipe = random_recipe(rng, starts)
    recorded = evaluate(recipe, starts[0])
    page = open_page(viz.graph(recorded))
    for numbers in starts[1:]:
        loss = evaluate(recipe, numbers)
        assert_computes(change(page, recorded, numbers), loss)
        assert_shows(page, data_of(loss))
    page.inside("whatIf.reset()")
    assert_shows(page, data_of(recorded))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("make", "numbers"),
    [
        (lambda x, y: (x - y).relu() * np.exp(y), [(1.0, 1.0), (0.0, 3.0), (5.0, 4.0)]),
        (lambda x, y: np.maximum(x, y) + abs(x - y) * np.sqrt(x), [(1.0, 1.0), (0.0, 0.0)]),
        (
            lambda x, y: x**y + (x * y).sigmoid(),
            [(-8.0, 1 / 3), (0.0, 0.0), (0.0, -1.0), (-2.0, 3.0)],
        ),
        (lambda x, y: np.log(x) / y, [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]),
        (lambda x, y: np.exp(x) * y - np.exp(x), [(1000.0, 1.0), (-1000.0, 1.0), (800.0, 0.0)]),
        (
            lambda x, y: np.tanh(50 * x).relu() * np.clip(np.exp(y), 0.0, 1.0),
            [(-1.0, 0.0), (1.0, 2.0), (1.0, 800.0)],
        ),
        (lambda x, y: x * x * 0.5 + np.floor(y) * x, [(0.0625, 2.5), (1.0625, -0.5), (1e-5, 1e5)]),
        (
            lambda x, y: np.hypot(x, y) + np.arctan2(y, x),
            [(0.0, 0.0), (1e200, 1e200), (-1.0, -0.0)],
        ),
        (
            lambda x, y: np.fmax(x, y) * np.log(x),
            [(math.nan, 1.0), (math.inf, 1.0), (2.0, math.nan)],
        ),
    ],
)
def test_hard_points_look_as_in_python(open_page, make, numbers):
    recorded = make(Value(0.5, name="v0"), Value(2.0, name="v1"))
    page = open_page(viz.graph(recorded))
    for x, y in numbers:
        loss = make(Value(x, name="v0"), Value(y, name="v1"))
        assert_computes(change(page, recorded, (x, y)), loss)
        assert_shows(page, data_of(loss))


def network(numbers):
    """A network of Values in modules: 9 inputs and weights that have names, and many more."""
    rng = np.random.default_rng(0)
    h = ValueArray([Value(x, name=f"v{k}") for k, x in enumerate(numbers)])
    for layer in ("fc1", "fc2", "fc3"):
        with scope(layer):
            # The first unit is dead, and the first weight of the others too small to be seen.
            w = rng.normal(size=(len(numbers), len(numbers)))
            h = np.maximum(h @ ValueArray(w, requires_grad=False) - [1e3, *[0.1] * 8], 0.0)
    return np.sum(h * h)


@pytest.mark.browser
def test_groups_and_edges_that_stand_for_several_look_as_in_python(open_page):
    recorded = network([0.5] * 9)
    page = open_page(viz.graph(recorded, depth=1))
    before = page.locator("svg.gg-canvas > g").inner_html()
    for numbers in ([1.0] * 9, [0.0] * 9, [-3.0, 2.0] + [0.1] * 7, [1e300] * 9):
        loss = network(numbers)
        change(page, recorded, numbers)
        assert_shows(page, data_of(loss, depth=1))
    page.inside("whatIf.reset()")
    assert page.locator("svg.gg-canvas > g").inner_html() == before


# --- by hand ----------------------------------------------------------------------------------


@pytest.fixture
def neuron(open_page):
    """The page of tanh(w·x + b) with x chosen, and what Python has for another x."""
    x, w, b = (Value(n, name=name) for n, name in ((0.5, "x"), (-2.0, "w"), (0.25, "b")))
    page = open_page(viz.graph(np.tanh(w * x + b)))
    page.locator(".gg-node", has_text="x").first.click()
    return page


def by_python(x):
    return math.tanh(-2.0 * x + 0.25)


@pytest.mark.browser
def test_a_number_is_typed_and_taken_back(neuron):
    field, bar = neuron.locator("fieldset input[type=number]"), neuron.locator(".gg-what-if")
    assert field.input_value() == "0.5"
    assert not bar.is_visible()
    neuron.locator(".gg-table summary").click()
    field.fill("-1.25")
    neuron.wait_for_function("document.querySelector('.gg-what-if').checkVisibility()")
    then = number(by_python(-1.25))
    assert f"What if: x = −1.25 (recorded 0.5) → result = {then}" in bar.inner_text()
    assert f"value {then}" in neuron.locator(".gg-node").last.text_content()
    assert f"value: {then}" in neuron.locator(".gg-table").inner_text()
    slope = number(-2.0 * (1 - by_python(-1.25) ** 2))
    assert f"in total: {slope}" in neuron.locator(".gg-details").inner_text()
    field.press("Enter")
    neuron.wait_for_function("document.querySelector('[aria-live]').textContent.startsWith('x =')")
    bar.locator("button").click()
    assert not bar.is_visible()
    assert field.input_value() == "0.5"
    assert f"value: {number(by_python(0.5))}" in neuron.locator(".gg-table").inner_text()


@pytest.mark.browser
def test_the_slider_is_moved_by_keys_and_keeps_the_focus(neuron):
    slider, field = (neuron.locator(f"fieldset input[type={kind}]") for kind in ("range", "number"))
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    neuron.wait_for_function("document.querySelector('.gg-what-if').checkVisibility()")
    x = float(field.input_value())
    assert 0.5 < x < 1.0
    assert neuron.evaluate("document.activeElement.type") == "range"
    assert f"value {number(by_python(x))}" in neuron.locator(".gg-node").last.text_content()


@pytest.mark.browser
def test_what_is_changed_survives_opening_and_closing_boxes(open_page):
    page = open_page(viz.graph(network([0.5] * 9), depth=1))
    change_first = "whatIf.change(data.whatif.operations.indexOf(-1), -77.5)"
    page.inside(f"new Promise((done) => {{ {change_first}; requestAnimationFrame(done); }})")
    page.locator("[data-do=close-all]").click()
    page.locator("[data-do=open-all]").click()
    assert page.locator(".gg-node", has_text="value −77.5").count() == 1


@pytest.mark.browser
def test_stepping_goes_through_the_recorded_numbers(open_page):
    x = Value(0.5, name="x")
    page = open_page(viz.step(np.tanh(3.0 * x)))
    page.locator(".gg-node", has_text="x").first.click()
    page.locator("fieldset input[type=number]").fill("1.5")
    bar, steps = page.locator(".gg-what-if"), page.locator(".gg-step")
    bar.wait_for(state="visible")
    assert not steps.is_visible()
    slope = number(3.0 * (1 - math.tanh(4.5) ** 2))
    assert f"grad {slope}" in page.locator(".gg-node", has_text="x").first.text_content()
    page.locator("[data-do=step]").click()
    assert steps.is_visible()
    assert not bar.is_visible()


@pytest.mark.browser
def test_where_it_is_not_offered_the_page_says_why(open_page):
    x = Value(0.5, name="x")
    page = open_page(viz.graph(np.where(x > 0, x, 0.0) * 2.0))
    page.locator(".gg-node", has_text="x").first.click()
    assert "this graph has 'where'" in page.locator(".gg-details").inner_text()
    assert page.locator("fieldset").count() == 0
