"""Every case of every module in PyTorch's database: outputs, gradients, buffers and keys agree."""

import pytest

import nn
from tests.oracle.modules.arguments import LEFT_OUT
from tests.oracle.modules.harness import cases, database, examine, judge, score, tried

pytestmark = pytest.mark.oracle

#: What the database holds in PyTorch 2.13.
MODULES, CASES = 114, 3618


def test_every_module_of_the_database_is_tried_or_left_out():
    assert len(database()) == MODULES
    assert set(LEFT_OUT) <= set(database())
    assert len(tried()) + len(LEFT_OUT) == MODULES
    for name in LEFT_OUT:
        assert not hasattr(nn, name)


@pytest.mark.parametrize("module", tried())
def test_module(module):
    verdict = examine(module)
    assert verdict.cases > 0
    shown = "\n".join(list(verdict.failures.values())[:5])
    assert not verdict.failures, (
        f"{len(verdict.failures)} of {verdict.cases} cases of {module} are wrong:\n{shown}"
    )


class Shifted(nn.Linear):
    """An output that is a little off."""

    def forward(self, input):
        return super().forward(input) + 1e-8


class Deaf(nn.Linear):
    """No gradient for the input."""

    def forward(self, input):
        return super().forward(input.data)


class Frozen(nn.Linear):
    """No gradient for the weight."""

    def forward(self, input):
        return nn.functional.linear(input, self.weight.data, self.bias)


class Renamed(nn.Linear):
    """Another key in the state."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kernel = self.weight
        del self.weight


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (Shifted, "output 0: differs by up to 1e-08"),
        (Deaf, "gradient of input"),
        (Frozen, "gradient of weight"),
        (Renamed, "state keys"),
        (nn.Bilinear, "TypeError"),
    ],
)
def test_a_wrong_module_is_found_out(wrong, complaint):
    verdict = judge("Linear", wrong)
    assert not verdict.whole
    assert complaint in verdict.failures["train 1 no_bias"]


def test_score(capsys):
    line = score()
    with capsys.disabled():
        print(f"\n{line}")
    assert line.startswith(f"modules whole: {len(tried())} of {MODULES}")


def test_the_database_is_run_in_full():
    left = sum(len(list(cases(name))) for name in LEFT_OUT)
    assert left + sum(examine(name).cases for name in tried()) == CASES
