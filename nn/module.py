"""Module: a part of a network, with parameters and parts of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from autograd import Tensor, Value, ValueArray, scope
from autograd.recording import again, current_scope, depends_on
from nn.aliases import Array, ArrayOrNode, DTypeLike, Variable
from nn.parameter import Parameter as Parameter
from nn.state import KeyDifference, fit_state

if TYPE_CHECKING:
    from nn.summaries import Summary

_T = TypeVar("_T")


class Module:
    """Base class of layers and networks.

    A subclass assigns its parameters, buffers and submodules as attributes and says in `forward`
    what it computes, with numpy's functions and those of `nn.functional`. What is assigned is
    what there is: the attributes are searched when somebody asks for them.

    Attributes
    ----------
    training : bool
        Whether layers that behave differently in training do so; see `train` and `eval`.

    Examples
    --------
    >>> from nn import Linear, Module
    >>> class Network(Module):
    ...     def __init__(self):
    ...         self.fc1 = Linear(2, 3)
    ...         self.fc2 = Linear(3, 1)
    ...
    ...     def forward(self, x):
    ...         return self.fc2(self.fc1(x).relu())
    >>> [name for name, _ in Network().named_parameters()]
    ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']
    """

    # Defaults of the class, so that a subclass need not call super().__init__().
    training: bool = True
    _name: str = ""
    _buffer_names: tuple[str, ...] = ()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes. Call the module itself instead, which records its scope."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward().")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`; what it records is given this module's name as its scope."""
        depends_on(self, "training", *self.__dict__)
        with scope(self._name, type(self).__name__):
            try:
                return self.forward(*args, **kwargs)
            except Exception as error:
                _say_where(error, self._label())
                raise

    # --- assignment ---------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, Module):
            # A module that stands here twice keeps its first name, as in named_modules().
            if not any(member is value for member in self.__dict__.values()):
                value._rename(name)
        elif isinstance(value, Parameter):
            value.name = value.name or name
        elif isinstance(value, list | tuple | dict):
            _refuse_collection(self, name, value)
        elif not isinstance(value, ValueArray | None):
            _refuse_to_replace(self, name, value)
        object.__setattr__(self, name, value)

    def register_buffer(self, name: str, data: Any) -> None:
        """Keep an array that is part of the state but not learned, such as a running mean."""
        object.__setattr__(self, name, np.array(data))
        if name not in self._buffer_names:
            self._buffer_names = (*self._buffer_names, name)

    def _rename(self, name: str) -> None:
        """Take the name under which the parent knows this module."""
        self._name = name

    def _label(self) -> str:
        """How messages call this module: its class, and its path in the model that runs."""
        path = current_scope() or self._name
        return f"{type(self).__name__} {path!r}" if path else type(self).__name__

    # --- what is inside -----------------------------------------------------------------------

    def _members(self, kind: type[_T] | tuple[type[_T], ...]) -> Iterator[tuple[str, _T]]:
        """The attributes of a kind, in the order in which they were first assigned."""
        return ((k, v) for k, v in self.__dict__.items() if isinstance(v, kind))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, each once, with their names."""
        return _once(self._members(Module))

    def children(self) -> Iterator[Module]:
        """The modules directly inside, each once."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """The module itself and all inside it, each once, with dotted names; its own is empty."""
        return _once(self._walk(prefix))

    def modules(self) -> Iterator[Module]:
        """The module itself and all inside it, each once."""
        return (module for _, module in self.named_modules())

    def _walk(self, prefix: str) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        for name, child in self._members(Module):
            yield from child._walk(_join(prefix, name))

    def named_parameters(self) -> Iterator[tuple[str, Variable]]:
        """All parameters, shared ones once, with dotted names as in PyTorch's state dicts."""
        return _once(
            (_join(path, name), parameter)
            for path, module in self.named_modules()
            for name, parameter in module._members((Parameter, ValueArray))
        )

    def parameters(self) -> Iterator[Variable]:
        """All parameters, shared ones once."""
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Array]]:
        """All buffers with their dotted names."""
        for path, module in self.named_modules():
            for name in module._buffer_names:
                yield _join(path, name), getattr(module, name)

    def buffers(self) -> Iterator[Array]:
        """All buffers."""
        return (buffer for _, buffer in self.named_buffers())

    def count_parameters(self) -> int:
        """How many numbers the parameters hold, those of frozen parameters included."""
        return sum(parameter.size for parameter in self.parameters())

    def summary(
        self,
        input_shape: tuple[int, ...] | list[tuple[int, ...]],
        *,
        dtype: DTypeLike | None = None,
    ) -> Summary:
        """The layers with their output shapes, parameters and receptive fields; see `nn.summary`.

        Parameters
        ----------
        input_shape : tuple of int, or list of tuple
            Of the array with which the module is called, batch included.
        dtype : dtype, optional
            Of that array; an integer one for a module that begins with an `Embedding`.
        """
        from nn.summaries import summary

        return summary(self, input_shape, dtype=dtype)

    # --- modes, gradients and types -----------------------------------------------------------

    def apply(self, function: Callable[[Module], object]) -> Self:
        """Call a function with every module inside, children first, and with this one."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules inside."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Leave training mode: the same as ``train(False)``."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters (False), or let them learn again (True)."""
        for parameter in self.parameters():
            values = parameter.flat if isinstance(parameter, ValueArray) else (parameter,)
            for value in values:
                value.requires_grad = requires_grad
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Convert all parameters, and the buffers that are floating, to a floating dtype, in place.

        Raises
        ------
        TypeError
            If the dtype is not floating, or the model is on scalar nodes, which have only one.
        """
        wanted: np.dtype[Any] = np.dtype(dtype)
        parameters = list(self.parameters())
        if any(isinstance(parameter, ValueArray) for parameter in parameters):
            raise TypeError(f"{self._label()} works on scalar nodes, which are always float64.")
        if wanted.kind != "f":
            raise TypeError(f"parameters are floating, but dtype {wanted} was given.")
        for parameter in parameters:
            parameter.to(wanted)
        for module in self.modules():
            for name in module._buffer_names:
                buffer = getattr(module, name)
                if buffer.dtype.kind == "f":
                    module.register_buffer(name, buffer.astype(wanted))
        return self

    # --- state --------------------------------------------------------------------------------

    def _state(self) -> Iterator[tuple[str, Module, str]]:
        """Key, owner and attribute of all that is saved; shared parameters under every key."""
        for path, module in self._walk(""):
            for name, _ in module._members((Parameter, ValueArray)):
                yield _join(path, name), module, name
            for name in module._buffer_names:
                yield _join(path, name), module, name

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers, under PyTorch's keys."""
        return {
            key: np.array(_array_of(getattr(owner, name))) for key, owner, name in self._state()
        }

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> KeyDifference:
        """Take over the numbers of a state, each in the dtype that is here. All or nothing.

        Parameters
        ----------
        state : mapping from str to array_like
            As from `state_dict`.
        strict : bool, default True
            Whether all keys must agree. If False, the others are left as they are.

        Returns
        -------
        KeyDifference
            The keys that only one side has; both empty if `strict`.

        Raises
        ------
        ValueError
            If keys are missing or unexpected (and `strict`), or shapes differ; one sentence
            lists them all, and nothing was loaded.
        """
        own = {key: (owner, name) for key, owner, name in self._state()}
        here = {key: _array_of(getattr(owner, name)) for key, (owner, name) in own.items()}
        arrays, difference = fit_state(here, state, strict, self._label())
        for key, array in arrays.items():
            owner, name = own[key]
            if name in owner._buffer_names:
                owner.register_buffer(name, array)
            else:
                getattr(owner, name).data = array
        return difference

    def to_values(self) -> Self:
        """The same model on scalar nodes: a copy in which every single weight is a `Value`.

        The layers, their code and the state's keys stay the same. It computes in float64, takes
        plain arrays or `ValueArray`, and optimisers work on it too. For models of up to some ten
        thousand weights: everything is recorded number by number.
        """
        twin = copy.deepcopy(self)
        made: dict[int, ValueArray] = {}
        for module in twin.modules():
            for name, parameter in list(module._members(Parameter)):
                # A shared parameter stays shared.
                if id(parameter) not in made:
                    made[id(parameter)] = ValueArray(
                        parameter.data, parameter.requires_grad, parameter.name
                    )
                setattr(module, name, made[id(parameter)])
        return twin

    # --- for layers ---------------------------------------------------------------------------

    def _cast(self, x: ArrayOrNode, parameter: Variable) -> ArrayOrNode:
        """An input as this layer computes with it: plain arrays in the dtype of its parameter.

        Raises
        ------
        TypeError
            If a Tensor has another dtype, or meets a model on scalar nodes.
        """
        if isinstance(x, Tensor):
            if isinstance(parameter, ValueArray):
                raise TypeError(
                    f"{self._label()} works on scalar nodes, but was given a Tensor; pass the "
                    "plain array, or a ValueArray where its gradient is wanted."
                )
            if x.dtype != parameter.dtype:
                raise TypeError(
                    f"{self._label()} has parameters of dtype {parameter.dtype}, but was given a "
                    f"Tensor of dtype {x.dtype}; convert it with .astype(np.{parameter.dtype}), "
                    f"or make the layer with dtype=np.{x.dtype}."
                )
            return x
        if isinstance(x, Value | ValueArray):
            return x
        dtype = float if isinstance(parameter, ValueArray) else parameter.dtype
        return again(np.asarray, x, dtype=dtype)

    def _require_features(self, x: ArrayOrNode, features: int) -> None:
        """Raise ValueError unless the last axis of an input has this many features."""
        shape: tuple[int, ...] = getattr(x, "shape", ())
        self._require(bool(shape) and shape[-1] == features, f"(…, {features})", shape)

    def _require_channels(self, x: ArrayOrNode, axes: int, channels: int | None = None) -> None:
        """Raise ValueError unless an input is (N, C, *axes) or (C, *axes), with these channels."""
        shape: tuple[int, ...] = getattr(x, "shape", ())
        fits = len(shape) in (axes + 1, axes + 2) and channels in (None, shape[-axes - 1])
        extent = ("L",) if axes == 1 else ("D", "H", "W")[-axes:]
        one = ", ".join([str(channels or "C"), *extent])
        self._require(fits, f"(N, {one}) or ({one})", shape)

    def _require(self, fits: bool, expected: str, shape: tuple[int, ...]) -> None:
        """Raise ValueError, naming this layer and both shapes, unless an input fits."""
        if not fits:
            raise ValueError(
                f"{self._label()} takes inputs of shape {expected}, but got an array of shape "
                f"{shape}."
            )

    # --- text ---------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets of a module's text: by default its plain settings."""
        settings = {
            name: value
            for name, value in self.__dict__.items()
            if isinstance(value, str | int | float | tuple) and name[0] != "_"
        }
        settings.pop("training", None)
        if self.__dict__.get("bias", self) is None:
            settings["bias"] = False
        return ", ".join(f"{name}={value!r}" for name, value in settings.items())

    def _unusual(self, usual: Mapping[str, object]) -> list[str]:
        """For `extra_repr`: the settings that are there, and are not as usual."""
        return [
            f"{name}={self.__dict__[name]!r}"
            for name, value in usual.items()
            if self.__dict__.get(name, value) != value
        ]

    def __repr__(self) -> str:
        settings = self.extra_repr()
        children = [f"({name}): {child!r}" for name, child in self._members(Module)]
        if not children:
            return f"{type(self).__name__}({settings})"
        lines = "\n".join([settings, *children] if settings else children)
        body = lines.replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _once(named: Iterable[tuple[str, _T]]) -> Iterator[tuple[str, _T]]:
    """Leave out what came before under another name."""
    seen: set[int] = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing


def _array_of(thing: Any) -> Array:
    """The numbers of a parameter or buffer."""
    return thing if type(thing) is np.ndarray else thing.data


def _say_where(error: Exception, label: str) -> None:
    """Add to an error the innermost layer in which it arose, unless its message names that."""
    if label not in str(error) and not hasattr(error, "__notes__"):
        error.add_note(f"This happened in {label}.")


def _refuse_to_replace(module: Module, name: str, value: object) -> None:
    """Raise TypeError if a parameter stands where something else is assigned."""
    if isinstance(module.__dict__.get(name), Parameter):
        raise TypeError(
            f"{module._label()} has a parameter {name!r}, and {type(value).__name__} is not one: "
            f"assign an nn.Parameter, or assign to .{name}.data to set its numbers."
        )


def _refuse_collection(module: Module, name: str, value: Any) -> None:
    """Raise TypeError for a plain list of modules: nobody would find their parameters."""
    members = value.values() if isinstance(value, dict) else value
    if any(isinstance(member, Module | Parameter) for member in members):
        raise TypeError(
            f"{module._label()} cannot learn what stands in the {type(value).__name__} {name!r}: "
            "use nn.ModuleList or nn.Sequential for modules, and one attribute per parameter."
        )
