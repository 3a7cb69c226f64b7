"""Pages for every public name, written from the packages' `__all__`.

One page for each module that defines some of the names, and for each package a page that lists
them all with their first lines.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_origin

from .docstrings import escape
from .files import write

#: The public packages, and what they are about in a few words.
PACKAGES = {
    "autograd": "numbers that remember how they were made, and derivatives of functions",
    "nn": "layers, losses, training, and weights in files",
    "nn.functional": "the functions that layers and losses are made of",
    "nn.init": "first weights",
    "nn.optim": "optimisers",
    "nn.optim.lr_scheduler": "learning-rate schedules",
    "nn.data": "batches, splits, scaling, and sets to train on",
    "nn.data.augmentation": "records changed at random",
    "nn.models": "the networks of the course and of the field's history",
    "nn.estimators": "networks as scikit-learn's estimators",
    "viz": "pictures of the graph, and of what flows in it",
}

#: Where their own docstrings are methods' only documentation; of nn's layers, forward() says what
#: the class has said.
_MEMBERS = "   :members:\n"
_MEMBERS_OF_LAYERS = "   :members:\n   :exclude-members: forward\n"

#: From how many names on a page is divided.
_MANY = 40


class Entry(NamedTuple):
    """One public name."""

    name: str
    thing: Any
    home: str
    summary: str


def public_names(package: str) -> list[str]:
    """The names that a package shows: those of ``__all__``, or else what it defines itself."""
    module = import_module(package)
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_") and getattr(thing, "__module__", None) == package
        ]
    return list(names)


def entries(package: str) -> list[Entry]:
    """All public names of a package that are no packages themselves, in the order of its list."""
    module = import_module(package)
    found = []
    for name in public_names(package):
        thing = getattr(module, name)
        if not isinstance(thing, ModuleType):
            found.append(Entry(name, thing, _home(package, thing), _first_line(thing)))
    return found


def write_pages(folder: Path) -> None:
    """Write all pages into a folder."""
    links = []
    for package, about in PACKAGES.items():
        groups = _groups(package)
        for home, group in groups.items():
            write(folder / package / f"{_file(home)}.rst", _group(package, home, group))
        write(folder / f"{package}.md", _package(package, about, groups))
        links.append(f"| [`{package}`]({package}.md) | {about} |")
    write(folder / "index.md", _INDEX.format(links="\n".join(links), tree="\n".join(PACKAGES)))


def _groups(package: str) -> dict[str, list[Entry]]:
    """The entries by the module or package that has them; a large one by its own modules."""
    depth = package.count(".") + 2
    rooms: dict[str, list[Entry]] = {}
    for entry in entries(package):
        rooms.setdefault(".".join(entry.home.split(".")[:depth]), []).append(entry)
    groups: dict[str, list[Entry]] = {}
    for room, found in rooms.items():
        for entry in found:
            groups.setdefault(entry.home if len(found) > _MANY else room, []).append(entry)
    return groups


_INDEX = """\
# Reference

Every public name, from its docstring. What is not listed here may change without notice.

| package | what it holds |
|---|---|
{links}

```{{toctree}}
:hidden:

{tree}
```
"""


def _package(package: str, about: str, groups: dict[str, list[Entry]]) -> str:
    lines = [f"# {package}", "", f"{about[0].upper()}{about[1:]}.", ""]
    for home, group in groups.items():
        page = f"{package}/{_file(home)}"
        lines += [f"## [{_title(package, home)}]({page}.rst)", ""]
        lines += [_cell(sentence_of(home)), "", "| name | what it is |", "|---|---|"]
        for name, _, _, summary in group:
            lines.append(f"| {{py:obj}}`{name} <{package}.{name}>` | {_cell(summary)} |")
        lines.append("")
    pages = "\n".join(f"{package}/{_file(home)}" for home in groups)
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", pages, "```", ""])


def _group(package: str, home: str, group: list[Entry]) -> str:
    title = _title(package, home)
    about = "\n".join(escape([sentence_of(home)]))
    lines = [title, "=" * len(title), "", about, "", f".. currentmodule:: {package}", ""]
    for name, thing, _, _ in group:
        if inspect.isclass(thing):
            is_layer = package == "nn" and hasattr(thing, "forward")
            members = _MEMBERS_OF_LAYERS if is_layer else _MEMBERS
            lines += [f".. autoclass:: {name}", members]
        elif get_origin(thing) is not None:  # a type
            lines += [f".. autodata:: {name}", "   :no-value:", ""]
        else:
            lines += [f".. autofunction:: {name}", ""]
    return "\n".join(lines)


def _home(package: str, thing: Any) -> str:
    """The module that defines a thing, as far as the package's own modules go."""
    home = getattr(thing, "__module__", None) or package
    return home if home.split(".")[0] == package.split(".")[0] else package


def _file(home: str) -> str:
    return home.replace(".", "-")


def sentence_of(module: str) -> str:
    """The first line of a module's docstring, without the name of the module in front."""
    line = _first_line(import_module(module))
    line = line.removeprefix(f"{module.rpartition('.')[2]}: ")
    return f"{line[0].upper()}{line[1:]}"


def _title(package: str, home: str) -> str:
    """What a group is called: ``nn.losses.margin`` holds "Losses: margin" of nn."""
    path = home.removeprefix(f"{package.split('.')[0]}.").removeprefix("optim.")
    words = path.replace(".", ": ").replace("_", " ")
    return f"{words[0].upper()}{words[1:]}"


def _first_line(thing: Any) -> str:
    documentation = inspect.getdoc(thing) or ""
    paragraph = documentation.split("\n\n")[0]
    return " ".join(paragraph.split())


def _cell(text: str) -> str:
    """Text of a docstring in a cell of a Markdown table."""
    return text.replace("``", "`").replace("|", r"\|").replace("*", r"\*")
