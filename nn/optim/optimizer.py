"""What all optimisers share: parameter groups, penalties, the loop over parameters, and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd import Node, ValueArray
from nn.aliases import Array, Variable
from nn.module import Module
from nn.optim.block import Block, Cohort, Group, State, cohorts_of, fitting
from nn.optim.hyperparameters import check_range
from nn.optim.rule import Rule

#: Parameters, or dictionaries of parameters with hyperparameters of their own.
Params: TypeAlias = Iterable[Variable | Mapping[str, Any]]

#: What schedules note in a group: the learning rate from which they started.
SCHEDULE_KEYS = {"initial_lr"}


class Optimizer:
    """Base class of optimisers. A subclass says in `_rule` or `_change` how parameters change.

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
        If there are no parameters, one comes twice, a group has an option that the optimiser
        does not know, or a hyperparameter is out of range.
    TypeError
        If something else than variables is given.

    Notes
    -----
    Three hyperparameters mean the same in every optimiser that has them, and are seen to here:
    ``weight_decay`` (λ₂) and ``l1_decay`` (λ₁) add the penalty λ₂·w + λ₁·sign(w) to the gradient,
    the derivatives of ½λ₂‖w‖² and λ₁‖w‖₁; ``maximize`` turns the gradient of the loss, not that
    of the penalties, around. Where ``decoupled_weight_decay`` is set, the penalty does not pass
    through the rule but changes the parameter by η times itself (Loshchilov and Hutter 2019).
    """

    param_groups: list[Group]

    def __init__(self, params: Params, **defaults: Any) -> None:
        self.defaults = defaults
        self.param_groups = []
        self._cohorts: list[Cohort] = []
        given = self._listed(params)
        if not given or not isinstance(given[0], Mapping):
            given = [{"params": given}]
        for group in given:
            self.add_param_group(group)
        if not self._cohorts:
            raise ValueError(
                f"{type(self).__name__} was given no parameters; pass model.parameters() (a "
                "generator: it is empty once it has been used)."
            )

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Optimise further parameters, with hyperparameters of their own where given."""
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"a parameter group of {type(self).__name__} is a dict with its parameters under "
                f"'params', but {group!r} was given."
            )
        full: Group = {**self.defaults, **group, "params": self._listed(group["params"])}
        self._check_group(full)
        present = {id(param) for cohort in self._cohorts for param in cohort.params}
        for param in full["params"]:
            self._check_parameter(param)
            if id(param) in present:
                raise ValueError(
                    f"{type(self).__name__} was given a parameter of shape {np.shape(param.data)} "
                    "twice; it would be changed twice in each step."
                )
            present.add(id(param))
        self.param_groups.append(full)
        self._cohorts.extend(cohorts_of((param, full, {}) for param in full["params"]))

    def _listed(self, params: Any) -> list[Any]:
        if isinstance(params, Module | Node | ValueArray):
            raise TypeError(
                f"{type(self).__name__} takes a list of parameters, but one "
                f"{type(params).__name__} was given; pass model.parameters()."
            )
        return list(params)

    def _check_group(self, group: Group) -> None:
        """Raise ValueError if a hyperparameter is unknown or out of range."""
        unknown = group.keys() - self.defaults.keys() - {"params"} - SCHEDULE_KEYS
        if unknown:
            raise ValueError(
                f"{type(self).__name__} knows no option {', '.join(sorted(unknown))}; a group may "
                f"set {', '.join(self.defaults)}."
            )
        for name in self.defaults:
            check_range(type(self).__name__, name, group[name])

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

    def __repr__(self) -> str:
        groups = []
        for group in self.param_groups:
            options = (f"{name}={group[name]!r}" for name in self.defaults)
            groups.append(f"{len(group['params'])} parameters, {', '.join(options)}")
        text = "; ".join(groups)
        return f"{type(self).__name__}({text})"

    # --- a step -------------------------------------------------------------------------------

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for cohort in self._cohorts:
            for param in cohort.params:
                param.zero_grad()

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        with np.errstate(all="ignore"):  # nan and infinities are values here
            for cohort, grads in self._ready():
                cohort.step(grads, self._update)

    def _ready(self) -> Iterator[tuple[Cohort, list[Any]]]:
        """The cohorts with their gradients.

        Where only some parameters of a cohort have one, their pasts differ from now on, and the
        cohort falls in two.
        """
        for cohort in tuple(self._cohorts):
            grads = [param.grad for param in cohort.params]
            there = [grad is not None for grad in grads]
            if all(there):
                yield cohort, grads
            elif any(there):
                entries = list(zip(cohort.params, cohort.states(), there, strict=True))
                ready, waiting = (
                    cohorts_of(
                        (p, cohort.group, state) for p, state, has in entries if has is wanted
                    )
                    for wanted in (True, False)
                )
                place = self._cohorts.index(cohort)
                self._cohorts[place : place + 1] = [*ready, *waiting]
                yield ready[0], [grad for grad in grads if grad is not None]

    def _update(self, block: Block, grad: Array, new: Array) -> None:
        """Fill in the new parameters of a block, given their gradients."""
        group, weights = block.group, block.weights
        decoupled = group.get("decoupled_weight_decay", False)
        factor = group["lr"] if decoupled else 1.0
        l2, l1 = factor * group.get("weight_decay", 0.0), factor * group.get("l1_decay", 0.0)
        if group.get("maximize"):
            grad = -grad
        # A compiled loop knows the rule and L2 alone; a class with its own `_change` has no rule.
        if block.compiled and not l1 and type(self)._change is Optimizer._change:
            coupled, decay = (0.0, l2) if decoupled else (l2, 0.0)
            block.run(self._rule(block), coupled, decay, grad, new)
            return
        if l2 or l1:
            penalty = float(l2) * weights
            if l1:
                penalty += l1 * np.sign(weights)
            if decoupled:
                weights = weights - penalty
            else:
                grad = grad + penalty
        np.subtract(weights, self._change(grad, block), out=new)

    def _change(self, grad: Array, block: Block) -> Array:
        """What is subtracted from the parameters of a block; by default what `_rule` says.

        Parameters
        ----------
        grad : (n,)
            Their gradients, end to end; not to be changed.
        block : Block
            Their hyperparameters, ``block.group``, and what is kept for them. A block is all of
            the parameters or a part of them: every element is changed by itself.
        """
        return block.change(self._rule(block), grad)

    def _rule(self, block: Block) -> Rule:
        """The rule for the next step of a block."""
        raise NotImplementedError

    # --- state --------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of all hyperparameters and of what is kept for each parameter; PyTorch's form.

        Returns
        -------
        dict
            ``"state"``, in which a parameter's number leads to what is kept for it, and
            ``"param_groups"``, in which ``"params"`` holds the numbers of the group's parameters.
        """
        states = {
            id(param): state
            for cohort in self._cohorts
            for param, state in zip(cohort.params, cohort.states(), strict=True)
        }
        groups: list[Group] = []
        kept: dict[int, State] = {}
        for group in self.param_groups:
            numbers = list(range(len(kept), len(kept) + len(group["params"])))
            kept |= {n: states[id(p)] for n, p in zip(numbers, group["params"], strict=True)}
            groups.append({**group, "params": numbers})
        return {"state": {n: state for n, state in kept.items() if state}, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave. All or nothing.

        Raises
        ------
        ValueError
            If the groups are not of the same sizes or have other options, or arrays are not of
            the parameters' shapes.
        """
        if missing := {"state", "param_groups"} - state.keys():
            raise ValueError(
                f"this is no state of an optimiser: it lacks {' and '.join(sorted(missing))}; "
                "nothing was loaded."
            )
        here = [len(group["params"]) for group in self.param_groups]
        there = [len(group["params"]) for group in state["param_groups"]]
        if here != there:
            raise ValueError(
                f"this state is of an optimiser with parameter groups of sizes {there}, but "
                f"{type(self).__name__} has groups of sizes {here}; nothing was loaded."
            )
        for loaded in state["param_groups"]:
            if different := (loaded.keys() - SCHEDULE_KEYS) ^ {"params", *self.defaults}:
                raise ValueError(
                    f"this state is not of {type(self).__name__}: only one of the two has "
                    f"{', '.join(sorted(different))}; nothing was loaded."
                )
        # After a detour through JSON the numbers of the parameters are text.
        states = {int(number): kept for number, kept in state["state"].items()}
        entries: list[tuple[Variable, Group, State]] = []
        for group in self.param_groups:
            for param in group["params"]:
                try:
                    entries.append((param, group, fitting(param, states.get(len(entries), {}))))
                except ValueError as error:
                    raise ValueError(
                        f"this state is not of these parameters: number {len(entries)} has shape "
                        f"{np.shape(param.data)}, but {error}; nothing was loaded."
                    ) from None
        cohorts = cohorts_of(entries)
        for group, loaded in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({name: kept for name, kept in loaded.items() if name != "params"})
        self._cohorts = cohorts
