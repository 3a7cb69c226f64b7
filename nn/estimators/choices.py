"""What a setting of an estimator may be called, so that a search can be over plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nn import init, layers, optim

#: By the names of the functions in `nn.functional`. Those with random numbers are left out: they
#: would take no seed from the estimator.
ACTIVATIONS: Mapping[str, Callable[..., Any]] = {
    "celu": layers.CELU,
    "elu": layers.ELU,
    "gelu": layers.GELU,
    "hardsigmoid": layers.Hardsigmoid,
    "hardswish": layers.Hardswish,
    "hardtanh": layers.Hardtanh,
    "identity": layers.Identity,
    "leaky_relu": layers.LeakyReLU,
    "mish": layers.Mish,
    "prelu": layers.PReLU,
    "relu": layers.ReLU,
    "relu6": layers.ReLU6,
    "selu": layers.SELU,
    "sigmoid": layers.Sigmoid,
    "silu": layers.SiLU,
    "softplus": layers.Softplus,
    "softsign": layers.Softsign,
    "tanh": layers.Tanh,
}

#: By the names of the functions in `nn.init`, without the last underscore.
INITIALIZERS: Mapping[str, Callable[..., Any]] = {
    "kaiming_normal": init.kaiming_normal_,
    "kaiming_uniform": init.kaiming_uniform_,
    "lecun_normal": init.lecun_normal_,
    "lecun_uniform": init.lecun_uniform_,
    "normal": init.normal_,
    "orthogonal": init.orthogonal_,
    "trunc_normal": init.trunc_normal_,
    "uniform": init.uniform_,
    "xavier_normal": init.xavier_normal_,
    "xavier_uniform": init.xavier_uniform_,
}

#: By the names of the classes in `nn.optim`, in lower case. `GradientDescent` is left out: it is
#: SGD with a batch of all records.
OPTIMIZERS: Mapping[str, Callable[..., Any]] = {
    "adadelta": optim.Adadelta,
    "adagrad": optim.Adagrad,
    "adam": optim.Adam,
    "adamax": optim.Adamax,
    "adamw": optim.AdamW,
    "asgd": optim.ASGD,
    "lion": optim.Lion,
    "nadam": optim.NAdam,
    "radam": optim.RAdam,
    "rmsprop": optim.RMSprop,
    "rprop": optim.Rprop,
    "sgd": optim.SGD,
}


def chosen(
    setting: str, choice: Any, known: Mapping[str, Callable[..., Any]]
) -> Callable[..., Any]:
    """What a setting names, or is.

    Raises
    ------
    ValueError
        If it is neither callable nor a known name.
    """
    if isinstance(choice, str) and choice in known:
        return known[choice]
    if callable(choice):
        return choice  # type: ignore[no-any-return]
    raise ValueError(
        f"{setting} must be callable or one of {', '.join(known)}, but {choice!r} was given."
    )
