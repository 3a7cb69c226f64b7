"""Modules that hold others: one after the other, or as a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nn.aliases import ArrayOrNode
from nn.module import Module


class _Ordered(Module):
    """What the containers share: their members are children named 0, 1, 2 … or as given."""

    def _all(self) -> list[Module]:
        """The members in order; one that stands here twice comes twice."""
        return [module for _, module in self._members(Module)]

    def _add(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"{type(self).__name__} holds modules, but entry {name!r} is "
                f"{type(module).__name__}; for a function there is a layer, as nn.ReLU() for relu."
            )
        setattr(self, name, module)

    def __getitem__(self, index: int) -> Module:
        return self._all()[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Sequential(_Ordered):
    """Modules that run one after the other.

    Parameters
    ----------
    *modules : Module or mapping from str to Module
        In order; they are named 0, 1, 2 … unless one mapping gives their names.

    Examples
    --------
    >>> from nn import Linear, ReLU, Sequential
    >>> model = Sequential(Linear(64, 32), ReLU(), Linear(32, 10))
    >>> [name for name, _ in model.named_parameters()]
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            named: Mapping[str, Module] = modules[0]
        else:
            named = {str(i): module for i, module in enumerate(modules)}  # type: ignore[misc]
        for name, module in named.items():
            self._add(name, module)

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """What the last module makes of what those before it made of x."""
        for module in self._all():
            x = module(x)
        return x


class ModuleList(_Ordered):
    """A list of modules that are registered; what runs when is up to the owner.

    Parameters
    ----------
    modules : iterable of Module
        Named 0, 1, 2 …
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> None:
        """Add a module at the end."""
        self._add(str(len(self)), module)
        self._rename(self._name)

    def _rename(self, name: str) -> None:
        # The list itself is never called, so its part of the path has to be in its members' names.
        super()._rename(name)
        for key, module in self._members(Module):
            module._rename(f"{name}.{key}" if name else key)
