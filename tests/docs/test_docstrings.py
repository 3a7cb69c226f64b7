"""Every public name says what it is, and describes the parameters that it has."""

import inspect
import re
from typing import get_origin

import pytest

from docs.generators.api import PACKAGES, entries

#: Every public class and function, by its full name.
PUBLIC = {
    f"{package}.{entry.name}": entry.thing
    for package in PACKAGES
    for entry in entries(package)
    if get_origin(entry.thing) is None  # no type alias
}
_SECTION = re.compile(
    r"^Parameters\n-{10}\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", re.DOTALL | re.MULTILINE
)


def own_documentation(thing):
    """What stands at a thing itself; a class does not answer with its parent's words."""
    text = thing.__dict__.get("__doc__") if inspect.isclass(thing) else thing.__doc__
    return inspect.cleandoc(text or "")


def described(text):
    """The names in the section Parameters."""
    section = _SECTION.search(text)
    heads = [line for line in (section[1] if section else "").splitlines() if line[:1].strip()]
    return [name.strip().lstrip("*") for head in heads for name in head.split(" : ")[0].split(",")]


def parameters(thing):
    """The names in the signature."""
    try:
        return list(inspect.signature(thing).parameters)
    except ValueError:  # an exception, or another class of builtins
        return []


@pytest.mark.parametrize("name", PUBLIC)
def test_the_first_line_says_what_it_is(name):
    first = own_documentation(PUBLIC[name]).split("\n\n")[0]
    assert first.endswith((".", "?")), first


@pytest.mark.parametrize("name", PUBLIC)
def test_the_parameters_described_are_those_of_the_signature(name):
    """All of them; a short docstring without that section says it all in its sentences."""
    names = described(own_documentation(PUBLIC[name]))
    if names:
        assert sorted(names) == sorted(parameters(PUBLIC[name]))
