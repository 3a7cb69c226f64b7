"""Modules that hold others, or parameters: one after the other, as a list, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from autograd import ValueArray
from nn.aliases import ArrayOrNode, Variable
from nn.functional.arguments import like
from nn.module import Module, Parameter

_Member = TypeVar("_Member")


class _Holder(Module, Generic[_Member]):
    """What the containers share: their members are attributes named 0, 1, 2 … or as given."""

    _kind: ClassVar[Any] = Module
    _described: ClassVar[str] = "modules; for a function there is a layer, as nn.ReLU() for relu"

    def _all(self) -> list[_Member]:
        """The members in order; one that stands here twice comes twice."""
        return [member for _, member in self._members(self._kind)]

    def _add(self, name: str, member: object) -> None:
        if not isinstance(member, self._kind):
            raise TypeError(
                f"{type(self).__name__} was given {type(member).__name__} as its entry {name!r}, "
                f"but holds {self._described}."
            )
        if hasattr(type(self), name) or not name or "." in name:
            raise ValueError(
                f"{type(self).__name__} cannot have an entry called {name!r}: names have no dots, "
                "and are not those of methods."
            )
        setattr(self, name, member)

    def __len__(self) -> int:
        return len(self._all())


class _Listed(_Holder[_Member]):
    """What the containers share that are like a list."""

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[_Member]:
        return iter(self._all())

    def append(self, member: _Member) -> Self:
        """Add a member at the end."""
        self._add(str(len(self)), member)
        self._rename(self._name)
        return self

    def extend(self, members: Iterable[_Member]) -> Self:
        """Add several members at the end."""
        for member in members:
            self.append(member)
        return self


class _Named(_Holder[_Member]):
    """What the containers share that are like a dictionary."""

    def __getitem__(self, name: str) -> _Member:
        return dict(self.items())[name]

    def __setitem__(self, name: str, member: _Member) -> None:
        self._add(name, member)
        self._rename(self._name)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        delattr(self, name)

    def __contains__(self, name: str) -> bool:
        return name in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """The names, in the order in which they were given."""
        return [name for name, _ in self.items()]

    def values(self) -> list[_Member]:
        """The members."""
        return self._all()

    def items(self) -> list[tuple[str, _Member]]:
        """Names and members."""
        return list(self._members(self._kind))

    def update(self, members: Mapping[str, _Member]) -> None:
        """Add or replace several members."""
        for name, member in members.items():
            self[name] = member


class _Path(Module):
    """What containers share that are never called: their name is part of their members' names."""

    def _rename(self, name: str) -> None:
        super()._rename(name)
        for key, module in self._members(Module):
            module._rename(f"{name}.{key}" if name else key)


# --- modules ------------------------------------------------------------------------------------


class Sequential(_Listed[Module]):
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
            named: Mapping[str, Any] = modules[0]
        else:
            named = {str(i): module for i, module in enumerate(modules)}
        for name, module in named.items():
            self._add(name, module)

    def __getitem__(self, index: Any) -> Any:
        """A module, or for a slice a Sequential of the same modules under the same names."""
        if isinstance(index, slice):
            return Sequential(dict(list(self._members(Module))[index]))
        return super().__getitem__(index)

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """What the last module makes of what those before it made of x."""
        for module in self._all():
            input = module(input)
        return input


class ModuleList(_Path, _Listed[Module]):
    """A list of modules that are registered; what runs when is up to the owner.

    Parameters
    ----------
    modules : iterable of Module
        Named 0, 1, 2 …
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)


class ModuleDict(_Path, _Named[Module]):
    """Modules by name, registered; what runs when is up to the owner.

    Parameters
    ----------
    modules : mapping from str to Module
        Names without dots that are no method's.
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.update(modules or {})


class Residual(Module):
    """x + branch(x): what a branch learns is the difference from its input (He et al., 2016).

    Parameters
    ----------
    branch : Module
        Its result has the shape of x, or of ``shortcut(x)``.
    shortcut : Module, optional
        What becomes of x before it is added, such as a 1×1 convolution where shapes change.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Linear, Residual
    >>> block = Residual(Linear(3, 3))
    >>> block(np.ones((2, 3))).shape
    (2, 3)
    """

    branch: Module
    shortcut: Module | None

    def __init__(self, branch: Module, shortcut: Module | None = None) -> None:
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, input: ArrayOrNode) -> ArrayOrNode:
        """The sum of both ways.

        Raises
        ------
        ValueError
            If they lead to different shapes.
        """
        y = self.branch(input)
        past = like(y, input if self.shortcut is None else self.shortcut(input))
        if y.shape != past.shape:
            raise ValueError(
                f"{self._label()} adds what its branch makes, of shape {y.shape}, to what goes "
                f"past it, of shape {past.shape}; give it a shortcut that makes them equal."
            )
        return past + y


# --- parameters ---------------------------------------------------------------------------------


class ParameterList(_Listed[Variable]):
    """A list of parameters, registered and named 0, 1, 2 and so on."""

    _kind = (Parameter, ValueArray)
    _described = "parameters (nn.Parameter)"

    def __init__(self, parameters: Iterable[Variable] = ()) -> None:
        self.extend(parameters)


class ParameterDict(_Named[Variable]):
    """Parameters by name, registered; names without dots that are no method's."""

    _kind = (Parameter, ValueArray)
    _described = "parameters (nn.Parameter)"

    def __init__(self, parameters: Mapping[str, Variable] | None = None) -> None:
        self.update(parameters or {})
