"""Every entry of the table of derivatives: declared, checked, and missed by no mutation."""

import numpy as np
import pytest

from autograd import gradcheck, vjp
from autograd.checking import Verdict
from autograd.checking.declarations import DECLARED
from autograd.primitives import TABLE
from autograd.tensor import from_value, to_value
from tests.autograd.rules.collected import CASES, ENGINE

NAMES = sorted(ENGINE)


def in_parts(z):
    return np.concatenate([np.real(z), np.imag(z)])


#: Entries with complex results, inside of real functions, and passages between the carriers.
INSIDE = {
    "fftn": (lambda x: in_parts(np.fft.fftn(x)), (2, 3)),
    "ifftn": (lambda x: in_parts(np.fft.ifftn(x)), (2, 3)),
    "rfftn": (lambda x: in_parts(np.fft.rfftn(x)), (2, 3)),
    "irfftn": (lambda x: np.fft.irfftn(x + 1j * np.flip(x)), (2, 3)),
    "eig": (lambda x: np.abs(TABLE["eig"](x)), (3, 3)),
    "from_value": (lambda x: from_value(to_value(np.sum(x))) * x, (3,)),
    "to_value": (lambda x: from_value(to_value(np.sum(x))) * x, (3,)),
}


def examples(name):
    """Operands and parameters for an entry, two of its cases; the larger first."""
    rng = np.random.default_rng(5)
    if name in INSIDE:
        yield [rng.standard_normal(INSIDE[name][1])], {}
        return
    case = CASES[name]
    shapes = ((2, 3),) + ((3,),) * (len(case.samplers) - 1)
    configs = case.configs or ((shapes, case.params),)
    large = sorted(configs, key=lambda config: -sum(np.prod(s, dtype=int) for s in config[0]))
    for shapes, params in large[:2]:
        operands = [
            np.asarray(sampler(rng, shape), dtype=float)
            for sampler, shape in zip(case.samplers, shapes, strict=True)
        ]
        yield operands, params


def function_of(name, params):
    return INSIDE[name][0] if name in INSIDE else lambda *xs: TABLE[name](*xs, **params)


def test_every_entry_is_declared_and_every_declaration_has_an_entry():
    missing = sorted(set(ENGINE) - set(DECLARED))
    assert not missing, f"give these a domain and kinks in declarations.py: {missing}"
    assert set(DECLARED) <= set(TABLE)


@pytest.mark.parametrize("name", NAMES)
def test_at_generic_points(name):
    for operands, params in examples(name):
        report = gradcheck(function_of(name, params), *operands)
        assert report.ok, str(report)
        found = np.concatenate([np.ravel(v) for v in report.verdicts])
        assert Verdict.WRONG not in found
        # All is told, but at most for what reaches an output only through round-off.
        assert np.mean(found == Verdict.RIGHT) > 0.7 or not found.size


@pytest.mark.parametrize("name", NAMES)
def test_generic_points_lie_in_the_declared_domain_and_off_declared_kinks(name):
    declared = DECLARED[name]
    for operands, params in examples(name):
        for slot, operand in enumerate(operands):
            assert declared.domain(slot).contains(operand), (name, slot)
        assert declared.distance(operands, params) > 1e-4


#: Operands on a kink that is declared.
ON_KINKS = {
    "abs": [[0.0, 1.0]], "fabs": [[0.0, 1.0]], "sign": [[0.0, 1.0]], "relu": [[0.0, 1.0]],
    "leaky_relu": [[0.0, 1.0]], "step": [[0.0, 1.0]], "elu": [[0.0, 1.0]],
    "cbrt": [[0.0, 1.0]], "i0e": [[0.0, 1.0]], "i1e": [[0.0, 1.0]], "norm": [[0.0, 0.0]],
    "floor": [[1.0, 0.3]], "ceil": [[1.0, 0.3]], "trunc": [[1.0, 0.3]], "fraction": [[1.0, 0.3]],
    "rint": [[0.5, 0.3]], "round": [[1.5, 0.3]], "clip": [[-1.0, 1.0, 0.2]],
    "maximum": [[1.0, 2.0], [1.0, 0.5]], "minimum": [[1.0, 2.0], [1.0, 0.5]],
    "fmax": [[1.0, 2.0], [1.0, 0.5]], "fmin": [[1.0, 2.0], [1.0, 0.5]],
    "floor_divide": [[2.0, 1.3], [1.0, 1.0]], "remainder": [[2.0, 1.3], [1.0, 1.0]],
    "fmod": [[2.0, 1.3], [1.0, 1.0]], "copysign": [[0.0, 1.0], [1.0, -1.0]],
    "hypot": [[0.0, 3.0], [0.0, 4.0]], "arctan2": [[0.0, 1.0], [-1.0, 1.0]],
    "max": [[2.0, 2.0, 1.0]], "min": [[2.0, 2.0, 3.0]], "nanmax": [[2.0, 2.0, 1.0]],
    "nanmin": [[2.0, 2.0, 3.0]], "sort": [[2.0, 2.0, 1.0]], "std": [[2.0, 2.0, 2.0]],
    "maximum.accumulate": [[2.0, 2.0, 1.0]], "minimum.accumulate": [[2.0, 2.0, 1.0]],
    "p_norm": [[0.0, 1.0, -2.0]], "heaviside": [[0.0, 1.0], [0.5, 0.5]],
    "angle": [[0.0, 1.0]], "ive": [[0.0, 1.0]], "tan": [[np.pi / 2, 1.0]],
    "max_pool": [[[[2.0, 2.0, 1.0, 3.0]]]], "eig": [np.eye(3)],
}  # fmt: skip
ON_KINKS_PARAMS = {
    "clip": {"a_min": -1.0, "a_max": 1.0},
    "p_norm": {"p": 1.0},
    "maximum.accumulate": {"axis": 0},
    "minimum.accumulate": {"axis": 0},
    "std": {"axis": None},
    "ive": {"order": 1},
    "max_pool": CASES["max_pool"].configs[0][1],
}
#: Poles and equal eigenvalues: f or its derivative has no value there.
WITHOUT_VALUE = {
    "divide": ([[1.0, 2.0], [0.0, 1.0]], "f returns inf at the given point"),
    "reciprocal": ([[0.0, 1.0]], "f returns inf at the given point"),
    "eigh": ([np.eye(2)], "claimed nan"),
    "svd": ([np.eye(2)], "claimed nan"),
}
WITHOUT_VALUE_PARAMS = {"eigh": {"UPLO": "L"}, "svd": {"full_matrices": False}}


@pytest.mark.parametrize("name", ON_KINKS)
def test_at_kinks_nothing_is_called_wrong(name):
    operands = [np.array(x) for x in ON_KINKS[name]]
    params = ON_KINKS_PARAMS.get(name, {})
    assert DECLARED[name].distance(operands, params) == 0
    report = gradcheck(function_of(name, params), *operands)
    assert report.ok, str(report)
    found = {v for verdicts in report.verdicts for v in verdicts.ravel()}
    assert found & {Verdict.KINK, Verdict.INCONCLUSIVE, Verdict.RIGHT}


@pytest.mark.parametrize("name", WITHOUT_VALUE)
def test_where_there_is_no_value_the_report_says_so(name):
    operands, said = WITHOUT_VALUE[name]
    params = WITHOUT_VALUE_PARAMS.get(name, {})
    assert DECLARED[name].distance([np.array(x) for x in operands], params) == 0
    report = gradcheck(function_of(name, params), *map(np.array, operands))
    assert not report.ok
    assert said in str(report)


def test_every_entry_is_looked_at_on_its_kinks():
    with_kinks = {name for name in NAMES if DECLARED[name].kinks}
    assert with_kinks == {*ON_KINKS, *WITHOUT_VALUE}


# --- mutations of the rules -------------------------------------------------------------------


def scaled(factor):
    def mutate(entry):
        change_rules(entry, lambda rule: lambda *args, **kw: factor * rule(*args, **kw))

    return mutate


def dropped(entry):
    """The contribution to the last argument is forgotten."""
    rules = list(rules_of(entry))
    last = as_function(rules[-1])
    rules[-1] = lambda *args, **kw: 0.0 * last(*args, **kw)
    set_rules(entry, rules)


def exchanged(entry):
    set_rules(entry, list(rules_of(entry))[::-1])


MUTATIONS = {
    "sign": scaled(-1.0),
    "factor 2": scaled(2.0),
    "1e-4": scaled(1.0 + 1e-4),
    "dropped": dropped,
    "exchanged": exchanged,
}


def rules_of(entry):
    return entry.derivatives or entry.vjps


def set_rules(entry, rules):
    setattr(entry, "derivatives" if entry.derivatives else "vjps", tuple(rules))


def as_function(rule):
    return rule if callable(rule) else lambda *args, **kw: rule


def change_rules(entry, change):
    set_rules(entry, [change(as_function(rule)) for rule in rules_of(entry)])


@pytest.fixture
def entry_of(monkeypatch):
    """An entry whose rules are put back after the test."""

    def get(name):
        entry = TABLE[name]
        for attribute in ("derivatives", "vjps"):
            monkeypatch.setattr(entry, attribute, getattr(entry, attribute))
        return entry

    return get


def gradients(name, operands, params):
    out, pull = vjp(function_of(name, params), *operands)
    weights = np.random.default_rng(3).standard_normal(np.shape(out))
    return [np.array(g, dtype=float) for g in pull(weights[()])]


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_rule_is_caught(name, mutation, entry_of):
    entry = entry_of(name)
    if mutation == "exchanged" and (entry.arity != 2 or len(CASES[name].samplers) != 2):
        return  # there is nothing to exchange
    operands, params = next(examples(name))
    before = gradients(name, operands, params)
    MUTATIONS[mutation](entry)
    try:
        after = gradients(name, operands, params)
    except (ValueError, TypeError):
        return  # such a rule does not even run
    size = max((float(np.abs(g).max(initial=0.0)) for g in before), default=0.0)
    pairs = list(zip(before, after, strict=True))
    if size < 1e-9 or all(np.abs(a - b).max(initial=0.0) <= 1e-9 * size for a, b in pairs):
        return  # a derivative that is 0, or symmetric: the mutation changes nothing
    report = gradcheck(function_of(name, params), *operands)
    assert not report.ok, str(report)


BINARY = [n for n in NAMES if TABLE[n].arity == 2 and TABLE[n].derivatives and n != "where"]


@pytest.mark.parametrize("name", BINARY)
def test_a_missing_sum_of_broadcasting_is_caught(name):
    """In a vjp by hand that takes the gradient for granted before it is summed."""
    operands, params = next(examples(name))
    f = function_of(name, params)

    def unsummed(g, a, b):
        grads = vjp(f, a, np.array(np.broadcast_to(b, np.shape(a))))[1](g)
        return [np.array(grads[0]), np.array(grads[1][0])]

    if not any(np.abs(v).max() > 1e-9 for v in gradients(name, operands, params)[1:]):
        return  # the derivative in the second operand is 0
    assert not gradcheck(f, *operands, vjp=unsummed).ok
