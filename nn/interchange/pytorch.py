"""PyTorch's modules as ours, and ours as PyTorch's.

Layers here have the names, arguments and state keys that they have there. So one table of what
differs serves both ways, and all else follows from a class's signature: its arguments are the
attributes of their names.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

import nn
from autograd import ValueArray
from nn import functional, layers, losses
from nn.aliases import Array
from nn.module import Module
from nn.parameter import Parameter

if TYPE_CHECKING:
    import torch

_LAYER: dict[str, Callable[[Any], Any] | None] = {
    "d_model": lambda m: m.self_attn.embed_dim,
    "nhead": lambda m: m.self_attn.num_heads,
    "dim_feedforward": lambda m: m.linear1.out_features,
    "dropout": lambda m: m.dropout.p,
}
_CELL: dict[str, Callable[[Any], Any] | None] = {"bias": lambda m: m.bias_ih is not None}

#: Arguments that are no attributes of their names: how they follow from a module of either
#: library; None leaves it to its default, because what it decides is replaced afterwards.
_DERIVED: dict[str, dict[str, Callable[[Any], Any] | None]] = {
    "RNNCell": _CELL,
    "LSTMCell": _CELL,
    "GRUCell": _CELL,
    "MultiheadAttention": {
        "bias": lambda m: m.in_proj_bias is not None,
        "add_bias_kv": lambda m: m.bias_k is not None,
    },
    "TransformerEncoderLayer": _LAYER,
    "TransformerDecoderLayer": _LAYER,
    "TransformerEncoder": {"encoder_layer": lambda m: m.layers[0]},
    "TransformerDecoder": {"decoder_layer": lambda m: m.layers[0]},
    "Transformer": {"custom_encoder": lambda m: m.encoder, "custom_decoder": lambda m: m.decoder},
    "LinearCrossEntropyLoss": {
        "in_features": lambda m: m.linear.in_features,
        "bias": lambda m: m.linear.bias is not None,
    },
    "SinusoidalPositions": {"dropout": lambda m: m.dropout.p},
    "Neuron": {"activation": None},
}

#: Classes that do what a class of another name does.
_ALIASES = {
    "MLP": "Sequential",
    "Perceptron": "Neuron",
    "NonDynamicallyQuantizableLinear": "Linear",  # what torch.nn.MultiheadAttention has inside
}

#: They are made of their members, by name.
_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")

#: They hold parameters for a forward() that only Python knows.
_LEFT_OUT = ("ParameterList", "ParameterDict")

#: Arguments without an effect on results: how a library computes, where first weights come from,
#: and what only the first call of a constructor needs.
_WITHOUT_EFFECT = {
    *("args", "kwargs", "device", "dtype", "seed", "inplace", "sparse", "options"),
    *("enable_nested_tensor", "mask_check", "init"),
}


def from_torch(module: torch.nn.Module) -> Module:
    """A model with the layers, numbers and modes of a PyTorch module.

    Parameters
    ----------
    module : torch.nn.Module
        Made of layers, losses and containers of `torch.nn` (and of what `to_torch` makes). What
        it shares is shared here, too; arrays are copied, bfloat16 becomes float32.

    Returns
    -------
    Module
        With equal outputs and gradients, and the same state keys.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        If a part has a class, a setting or hooks that have no counterpart here; it is named.

    Examples
    --------
    >>> import nn, torch                              # doctest: +SKIP
    >>> nn.from_torch(torch.nn.Linear(2, 1))          # doctest: +SKIP
    Linear(in_features=2, out_features=1)
    """
    result: Module = _FromTorch().convert(module)
    return result


def to_torch(model: Module) -> torch.nn.Module:
    """A PyTorch module with the layers, numbers and modes of a model: `from_torch` the other way.

    Parameters
    ----------
    model : Module
        Made of layers, losses and containers of `nn`.

    Returns
    -------
    torch.nn.Module
        With equal outputs and gradients, and the same state keys.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        If a part has a class or a setting that PyTorch lacks; it is named.
    """
    return _ToTorch().convert(model)


class _Conversion(ABC):
    """What both ways share: the twin of a module is made of the twins of its parts, each once."""

    #: What messages call the function, and the library to which modules go.
    _called: ClassVar[str]
    _target: ClassVar[str]

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Any, Any, str]] = {}  # original, twin, path
        self._learned: dict[int, Any] = {}

    def convert(self, module: Any) -> Any:
        """The twin of a whole model."""
        twin = self._twin(module, "")
        # Numbers come last, because constructors draw first weights for the parts they are given.
        for original, made, path in self._pairs.values():
            self._copy_numbers(original, made, path)
            made.training = original.training
        if lacking := {*twin.state_dict()} - {*module.state_dict()}:
            self._refuse(module, "", f"lacks {', '.join(sorted(lacking))}, which its class has")
        return twin

    def _twin(self, module: Any, path: str) -> Any:
        if id(module) not in self._pairs:
            self._pairs[id(module)] = module, self._make(module, path), path
        return self._pairs[id(module)][1]

    def _make(self, module: Any, path: str) -> Any:
        kind = self._counterpart(module, path)
        children = {
            name: self._twin(child, f"{path}.{name}" if path else name)
            for name, child in self._children(module)
        }
        if kind.__name__ in _CONTAINERS:
            return self._contain(kind, children)
        twin = kind(**self._arguments(module, kind, path))
        for name, child in children.items():
            setattr(twin, name, child)
        return twin

    def _arguments(self, module: Any, kind: type, path: str) -> dict[str, Any]:
        """With what the class of the twin is called."""
        derived = _DERIVED.get(kind.__name__, {})
        here, there = _signature(type(module)), _signature(kind)
        given = {}
        for name in sorted((here.keys() | there.keys()) - _WITHOUT_EFFECT):
            derive = derived.get(name, lambda m, name=name: getattr(m, name, _ABSENT))
            value = _ABSENT if derive is None else derive(module)
            if value is _ABSENT:
                continue
            if name in there and not (name == "dim" and value is None):
                given[name] = self._value(module, value, name, path)
            elif name == "dim" or value != here[name].default:
                self._refuse(module, path, f"has {name}={value!r}, which {self._target} lacks")
        return given

    def _value(self, module: Any, value: Any, name: str, path: str) -> Any:
        """An argument in terms of the other library."""
        if name == "bias" and not isinstance(value, bool):
            return value is not None
        if id(value) in self._pairs:
            return self._twin(value, path)
        if self._is_array(value):
            return self._array(value)
        if not callable(value):
            return value
        counterpart = self._function(value)
        if counterpart is None:
            self._refuse(module, path, f"has {name}={value!r}, which {self._target} lacks")
        return counterpart

    def _copy_numbers(self, original: Any, twin: Any, path: str) -> None:
        """Give a twin the parameters and buffers of its original; what is shared stays shared."""
        for name, _ in (*self._parameters(original), *self._buffers(original)):
            if not hasattr(twin, name):
                self._refuse(original, path, f"has {name}, which its class in {self._target} lacks")
        for name, parameter in self._parameters(original):
            if id(parameter) not in self._learned:
                self._learned[id(parameter)] = self._parameter(parameter)
            setattr(twin, name, self._learned[id(parameter)])
        for name, buffer in self._buffers(original):
            twin.register_buffer(name, self._array(buffer))

    def _refuse(self, module: Any, path: str, why: str) -> NoReturn:
        label = f"{type(module).__name__} {path!r}" if path else type(module).__name__
        raise TypeError(f"{self._called} cannot translate {label}: it {why}.")

    # --- what the libraries do differently --------------------------------------------------------

    @abstractmethod
    def _counterpart(self, module: Any, path: str) -> type:
        """The class of the twin, once nothing speaks against it."""

    @abstractmethod
    def _children(self, module: Any) -> Iterator[tuple[str, Any]]: ...

    @abstractmethod
    def _contain(self, kind: type, children: dict[str, Any]) -> Any: ...

    @abstractmethod
    def _function(self, function: Any) -> Any:
        """The function of that name there; None if this one is another."""

    @abstractmethod
    def _parameters(self, module: Any) -> Iterator[tuple[str, Any]]: ...

    @abstractmethod
    def _buffers(self, module: Any) -> Iterator[tuple[str, Any]]: ...

    @abstractmethod
    def _parameter(self, parameter: Any) -> Any: ...

    @abstractmethod
    def _is_array(self, value: Any) -> bool: ...

    @abstractmethod
    def _array(self, array: Any) -> Any: ...


class _FromTorch(_Conversion):
    _called = "from_torch"
    _target = "nn"

    def __init__(self) -> None:
        super().__init__()
        self._torch = _import_torch(self._called)

    def _counterpart(self, module: Any, path: str) -> type:
        if not isinstance(module, self._torch.nn.Module):
            raise TypeError(
                f"from_torch translates a torch.nn.Module, but {type(module).__name__} was given."
            )
        kind = type(module)
        if not kind.__module__.startswith(("torch.nn.modules.", "nn.interchange.")):
            self._refuse(
                module,
                path,
                "is a class of its own, whose forward() only Python knows; write it with nn's "
                "layers, and give it the numbers by nn.save, nn.load or load_state_dict",
            )
        counterpart = _ours(kind.__name__)
        if counterpart is None:
            self._refuse(module, path, "is a layer that nn lacks")
        if module._forward_hooks or module._forward_pre_hooks:
            self._refuse(module, path, "has forward hooks, which would not run here")
        return counterpart

    def _children(self, module: Any) -> Iterator[tuple[str, Any]]:
        return ((name, child) for name, child in module._modules.items() if child is not None)

    def _contain(self, kind: type, children: dict[str, Any]) -> Any:
        return kind(list(children.values()) if kind is nn.ModuleList else children)

    def _function(self, function: Any) -> Any:
        name = getattr(function, "__name__", "")
        known = (getattr(self._torch.nn.functional, name, None), getattr(self._torch, name, None))
        return getattr(functional, name, None) if function in known else None

    def _parameters(self, module: Any) -> Iterator[tuple[str, Any]]:
        return ((name, each) for name, each in module._parameters.items() if each is not None)

    def _buffers(self, module: Any) -> Iterator[tuple[str, Any]]:
        return ((name, each) for name, each in module._buffers.items() if each is not None)

    def _parameter(self, parameter: Any) -> Parameter:
        array = self._array(parameter)
        return Parameter(array, array.dtype, parameter.requires_grad)

    def _is_array(self, value: Any) -> bool:
        return isinstance(value, self._torch.Tensor)

    def _array(self, array: Any) -> Array:
        detached = array.detach().cpu()
        if detached.dtype == self._torch.bfloat16:
            detached = detached.float()
        copied: Array = np.array(detached.numpy())
        return copied


class _ToTorch(_Conversion):
    _called = "to_torch"
    _target = "torch.nn"

    def __init__(self) -> None:
        super().__init__()
        self._torch = _import_torch(self._called)

    def _counterpart(self, module: Any, path: str) -> type:
        kind = type(module)
        if not isinstance(module, Module):
            raise TypeError(f"to_torch translates an nn.Module, but {kind.__name__} was given.")
        if not kind.__module__.startswith(("nn.layers.", "nn.losses.")):
            self._refuse(
                module,
                path,
                "is a class of its own, whose forward() only Python knows; write it in PyTorch, "
                "and give it the numbers by nn.save and safetensors.torch.load_model",
            )
        if any(isinstance(each, ValueArray) for _, each in self._parameters(module)):
            self._refuse(module, path, "works on scalar nodes; translate the model before them")
        from nn.interchange import torch_layers

        name = _ALIASES.get(kind.__name__, kind.__name__)
        counterpart = getattr(torch_layers, name, None) or getattr(self._torch.nn, name, None)
        if counterpart is None or name in _LEFT_OUT:
            self._refuse(module, path, "is a layer that torch.nn lacks")
        found: type = counterpart
        return found

    def _children(self, module: Any) -> Iterator[tuple[str, Any]]:
        yield from module._members(Module)

    def _arguments(self, module: Any, kind: type, path: str) -> dict[str, Any]:
        given = super()._arguments(module, kind, path)
        if kind is self._torch.nn.TransformerEncoder:
            # A short cut that gives 0 where padding stands, and warns where it cannot be taken.
            given["enable_nested_tensor"] = False
        return given

    def _contain(self, kind: type, children: dict[str, Any]) -> Any:
        if kind is self._torch.nn.Sequential:
            return kind(OrderedDict(children))
        return kind(list(children.values()) if kind is self._torch.nn.ModuleList else children)

    def _function(self, function: Any) -> Any:
        name = getattr(function, "__name__", "")
        known = function is getattr(functional, name, None)
        return getattr(self._torch.nn.functional, name, None) if known else None

    def _parameters(self, module: Any) -> Iterator[tuple[str, Any]]:
        yield from module._members((Parameter, ValueArray))

    def _buffers(self, module: Any) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(module, name)) for name in module._buffer_names)

    def _parameter(self, parameter: Any) -> Any:
        return self._torch.nn.Parameter(self._array(parameter.data), parameter.requires_grad)

    def _is_array(self, value: Any) -> bool:
        return isinstance(value, np.ndarray)

    def _array(self, array: Any) -> Any:
        return self._torch.from_numpy(np.array(array))


_ABSENT: Any = object()


def _import_torch(called: str) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ImportError(f"{called} needs PyTorch: pip install 'glassgrad[torch]'.") from error
    return torch


def _ours(name: str) -> type | None:
    """The class of ours that does what PyTorch's class of a name does, if there is one."""
    name = _ALIASES.get(name, name)
    known = (*layers.__all__, *losses.__all__)
    return getattr(nn, name) if name in known and name not in _LEFT_OUT else None


def _signature(kind: type) -> Mapping[str, inspect.Parameter]:
    """The arguments of a class; ours say them where PyTorch's take whatever comes."""
    arguments = inspect.signature(kind).parameters
    ours = _ours(kind.__name__)
    if "kwargs" in arguments and ours is not None:
        return inspect.signature(ours).parameters
    return arguments
