"""What all optimisers share: parameter groups, the loop over parameters, and state."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Node, ValueArray
from nn.aliases import Array, Variable
from nn.module import Module

#: The numbers that an optimiser keeps for one parameter, such as its momentum.
State = dict[str, Any]

#: Hyperparameters for some of the parameters, which stand under the key "params".
Group = dict[str, Any]


class Optimizer:
    """Base class of optimisers. A subclass says in `_change` by how much a parameter changes.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        What to optimise: `Module.parameters`, or any variables. Dictionaries make groups with
        hyperparameters of their own: ``{"params": model.head.parameters(), "lr": 0.1}``.
    **defaults : float
        Hyperparameters of the groups that do not set them; ``lr`` must be among them.

    Attributes
    ----------
    param_groups : list of dict
        Their hyperparameters may be changed at any time.

    Raises
    ------
    ValueError
        If there are no parameters, one comes twice, or a hyperparameter is out of range.
    TypeError
        If something else than variables is given.
    """

    param_groups: list[Group]

    def __init__(self, params: Iterable[Variable | Mapping[str, Any]], **defaults: Any) -> None:
        self.defaults = defaults
        self.param_groups = []
        # One entry per parameter, in order: the parameter, its group, and what is kept for it.
        self._entries: list[tuple[Variable, Group, State]] = []
        if isinstance(params, Module | Node | ValueArray):
            raise TypeError(
                f"{type(self).__name__} takes a list of parameters, but one "
                f"{type(params).__name__} was given; pass model.parameters()."
            )
        given = list(params)
        if not given:
            raise ValueError(
                f"{type(self).__name__} was given no parameters; pass model.parameters() (a "
                "generator: it is empty once it has been used)."
            )
        groups = given if isinstance(given[0], Mapping) else [{"params": given}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Optimise further parameters, with hyperparameters of their own where given."""
        full: Group = {**self.defaults, **group, "params": list(group["params"])}
        self._check_group(full)
        present = {id(param) for param, _, _ in self._entries}
        for param in full["params"]:
            self._check_parameter(param)
            if id(param) in present:
                raise ValueError(
                    f"{type(self).__name__} was given a parameter of shape {np.shape(param.data)} "
                    "twice; it would be changed twice in each step."
                )
            present.add(id(param))
        self.param_groups.append(full)
        self._entries.extend((param, full, {}) for param in full["params"])

    def _check_group(self, group: Group) -> None:
        """Raise ValueError if a hyperparameter is out of range. Subclasses check their own."""
        if not group["lr"] > 0:
            raise ValueError(
                f"the learning rate of {type(self).__name__} must be positive, but lr="
                f"{group['lr']} was given."
            )
        if not group.get("weight_decay", 0) >= 0:
            raise ValueError(
                f"the weight decay of {type(self).__name__} cannot be negative, but weight_decay="
                f"{group['weight_decay']} was given."
            )

    def _check_parameter(self, param: Any) -> None:
        if not isinstance(param, Node | ValueArray):
            raise TypeError(
                f"{type(self).__name__} changes variables such as nn.Parameter, but "
                f"{type(param).__name__} was given; pass model.parameters()."
            )
        if isinstance(param, Node) and not param.is_leaf:
            raise ValueError(
                f"{type(self).__name__} changes variables, but {param._label()} was computed from "
                "others; pass those."
            )

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for param, _, _ in self._entries:
            param.zero_grad()

    def step(self) -> None:
        """Change every parameter that has a gradient.

        The data is assigned, so that graphs which have read the old numbers notice.
        """
        for param, group, state in self._entries:
            grad = param.grad
            if grad is not None:
                if isinstance(grad, Node):  # after backward(create_graph=True)
                    grad = grad.data
                param.data -= self._change(param, grad, state, group)

    def _change(self, param: Variable, grad: Array, state: State, group: Group) -> Array:
        """What is subtracted from a parameter; `grad` must be left as it is."""
        raise NotImplementedError

    # --- state --------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of all hyperparameters and of what is kept for each parameter, in order.

        Returns
        -------
        dict
            ``"state"``, a list with one dict per parameter, and ``"param_groups"``, in which
            ``"params"`` holds the places of the group's parameters in that list.
        """
        groups, start = [], 0
        for group in self.param_groups:
            stop = start + len(group["params"])
            groups.append({**group, "params": list(range(start, stop))})
            start = stop
        return {
            "state": [copy.deepcopy(state) for _, _, state in self._entries],
            "param_groups": groups,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave. All or nothing.

        Raises
        ------
        ValueError
            If the groups are not of the same sizes, or arrays not of the parameters' shapes.
        """
        here = [len(group["params"]) for group in self.param_groups]
        there = [len(group["params"]) for group in state["param_groups"]]
        if here != there:
            raise ValueError(
                f"this state is of an optimiser with parameter groups of sizes {there}, but "
                f"{type(self).__name__} has groups of sizes {here}; nothing was loaded."
            )
        for i, ((param, _, _), loaded) in enumerate(
            zip(self._entries, state["state"], strict=True)
        ):
            for name, kept in loaded.items():
                if np.ndim(kept) and np.shape(kept) != np.shape(param.data):
                    raise ValueError(
                        f"{name} of parameter {i} has shape {np.shape(kept)} in the state, but the "
                        f"parameter has shape {np.shape(param.data)}; nothing was loaded."
                    )
        for group, loaded in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({name: kept for name, kept in loaded.items() if name != "params"})
        for (_, _, own), loaded in zip(self._entries, state["state"], strict=True):
            own.clear()
            own.update(copy.deepcopy(loaded))
