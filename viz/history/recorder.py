"""GradientHistory: the callback that measures gradients, updates and activations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import Trace
from autograd.primitives import data_of
from autograd.trace import rms
from nn.module import Module
from nn.training import Callback
from viz.health.survey import STEEPEST, survey
from viz.history.noise import Noise, Window
from viz.history.portable import floats, to_portable
from viz.history.snapshots import Frame, Structure, take
from viz.history.thinning import Curves, Thinned, curves

if TYPE_CHECKING:
    from viz.picture import Picture

#: No more frames than this are kept, and no more figures in all of them together.
_MOST_FRAMES, _MOST_FIGURES = 200, 4_000_000

#: What is noted, each at steps of its own.
_QUANTITIES = ("loss", "gradient", "update_ratio", "saturated", "dead", "norm_test", "gsnr")


class GradientHistory(Callback):
    """How gradients, updates and activations fare from step to step: a callback of `nn.fit`.

    Printed, it is a table; `plot` draws it, and `viz.diagnose(loss, history=history)` reads it.

    Parameters
    ----------
    trace_every : int, default 20
        In the first step and then in every so-manieth one the loss is traced, which takes as long
        as some ten steps: this gives the activations and the frames. A loss that is nan or
        infinite is always traced.
    window : int, default 10
        The gradient noise is estimated from the mini-batch gradients of so many steps.
    limit : int, default 1000
        How many steps are remembered. When there are more, every second is forgotten, so that
        every 2nd, 4th, 8th … step is left, and always the first and the newest. There are at most
        200 frames, and fewer if the graph has more than some thousand nodes.

    Attributes
    ----------
    steps : list of int
        The steps that are remembered, counted from 1.
    loss : list of float
        The loss of the mini-batch at each of them.
    gradient, update_ratio : Curves
        For each parameter, by its name in `Module.named_parameters`: RMS of its gradient; RMS of
        its change over RMS of the parameter before it (inf if that was 0). About 1e-3 is usual
        for the second. `Curves` are dictionaries of lists; their ``steps`` say at which steps.
    saturated, dead : Curves
        For each activation: the share of outputs on the flat ends of a sigmoid or tanh (behind
        the last layer, on the wrong one); the share of units that let exactly nothing through,
        whatever record of the batch they were given.
    norm_test, gsnr : Curves
        Gradient noise for each parameter, and ``"(all)"`` for all together, at the ends of the
        windows; see Notes.
    structure : Structure or None
        The nodes and links of the graph in the first traced step.
    first_trace : Trace or None
        That step itself; None after `from_dict`.
    frames : list of dict
        The traced steps whose graph has that structure: ``step``, ``loss``, ``edges`` with
        ``[magnitude, gain, state]`` for each link, and ``nodes`` with ``[RMS of the value, RMS of
        the gradient]`` for each node.
    remarks : list of str
        What could not be recorded, and why.

    Notes
    -----
    Neither nan nor infinities stop it: they are recorded.

    The noise is measured as Cockpit does (Schneider, Dangel and Hennig 2021, arXiv 2102.06604),
    but estimated from successive mini-batches instead of single records. The norm test (Byrd et
    al. 2012) is the standard deviation of a mini-batch gradient over the norm of their mean;
    the gradient signal-to-noise ratio (Liu et al. 2020) is the median of ḡ²/Var(g) over the
    elements, for mini-batches: that of single records is smaller by the size of the batch. From a
    window of T steps, noise alone gives about √T and 1/(2T).

    On scalar nodes every record is part of the graph. There only batches of one size have the
    same structure, and only if the loss does not choose nodes by the labels, as `cross_entropy`
    does.

    Examples
    --------
    >>> import nn
    >>> history = GradientHistory()
    >>> model = nn.MLP((2, 8, 2), nn.Tanh, seed=0)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> x, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    >>> _ = nn.fit(model, x, y, loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=3,
    ...            progress=False, callbacks=[history])
    >>> history.steps
    [1, 2, 3]
    """

    def __init__(self, trace_every: int = 20, window: int = 10, limit: int = 1000) -> None:
        for name, given, least in (
            ("trace_every", trace_every, 1),
            ("window", window, 2),
            ("limit", limit, 2),
        ):
            if given < least:
                raise ValueError(
                    f"{name} of a GradientHistory must be at least {least}, but {given} was given."
                )
        self.trace_every = trace_every
        self.structure: Structure | None = None
        self.first_trace: Trace | None = None
        self._step = 0
        self.window = window
        self._gathered = Window(window)
        self._noted = {name: Thinned[dict[str, float]](limit) for name in _QUANTITIES}
        self._frames = Thinned[Frame](_MOST_FRAMES)
        self._before: dict[str, NDArray[Any]] = {}
        #: How many traced steps are no frames, the first and the last of them, and why.
        self._unlike: tuple[int, int, int, str] | None = None

    # --- recording ----------------------------------------------------------------------------

    def before_step(self, model: Module, loss: Any) -> None:
        """Measure the gradients; see `Callback.before_step`."""
        self._step += 1
        value = float(loss.item())
        self._note("loss", {"loss": value})
        with np.errstate(all="ignore"):
            gradients = dict(_gradients(model))
            if gradients:
                self._note("gradient", {name: rms(g) for name, g in gradients.items()})
                self._note_noise(self._gathered.add(gradients))
            if (self._step - 1) % self.trace_every == 0 or not math.isfinite(value):
                self._note_trace(loss.trace(), value)
        self._before = {name: np.array(parameter.data) for name, parameter in _learned(model)}

    def after_step(self, model: Module) -> None:
        """Measure the updates; see `Callback.after_step`."""
        with np.errstate(all="ignore"):
            self._note(
                "update_ratio",
                {
                    name: _ratio(self._before[name], parameter.data)
                    for name, parameter in _learned(model)
                    if name in self._before
                },
            )
        self._before = {}

    def _note(self, quantity: str, figures: dict[str, float]) -> None:
        self._noted[quantity].add(self._step, figures)

    def _note_noise(self, noise: Noise | None) -> None:
        if noise is not None:
            self._note("norm_test", noise.norm_test)
            self._note("gsnr", noise.gsnr)

    def _note_trace(self, trace: Trace, loss: float) -> None:
        saturated, dead = _activations(trace)
        self._note("saturated", saturated)
        self._note("dead", dead)
        structure, frame = take(trace, loss)
        if self.structure is None:
            self.structure, self.first_trace = structure, trace
            figures = frame.edges.size + frame.states.size + frame.nodes.size
            self._frames.limit = min(_MOST_FRAMES, max(_MOST_FIGURES // max(figures, 1), 2))
        difference = self.structure.difference(structure)
        if not difference:
            self._frames.add(self._step, frame)
            return
        count, first, _, why = self._unlike or (0, self._step, self._step, difference)
        self._unlike = count + 1, first, self._step, why

    # --- what was recorded --------------------------------------------------------------------

    @property
    def steps(self) -> list[int]:
        """The steps that are remembered."""
        return list(self._noted["loss"].steps)

    @property
    def loss(self) -> list[float]:
        """The loss at each of them."""
        return [note["loss"] for note in self._noted["loss"].notes]

    @property
    def gradient(self) -> Curves:
        """RMS of the gradient of each parameter."""
        return curves(self._noted["gradient"])

    @property
    def update_ratio(self) -> Curves:
        """RMS of the change of each parameter over its own."""
        return curves(self._noted["update_ratio"])

    @property
    def saturated(self) -> Curves:
        """Share of saturated outputs of each sigmoid or tanh."""
        return curves(self._noted["saturated"])

    @property
    def dead(self) -> Curves:
        """Share of closed units of each activation."""
        return curves(self._noted["dead"])

    @property
    def norm_test(self) -> Curves:
        """Standard deviation of the gradient over its norm."""
        return curves(self._noted["norm_test"])

    @property
    def gsnr(self) -> Curves:
        """Signal-to-noise ratio of the gradient."""
        return curves(self._noted["gsnr"])

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Magnitudes of all nodes and edges at the traced steps."""
        return [
            {"step": step, **frame.to_dict()}
            for step, frame in zip(self._frames.steps, self._frames.notes, strict=True)
        ]

    @property
    def remarks(self) -> list[str]:
        """What could not be recorded, and why."""
        if self._unlike is None:
            return []
        count, first, last, why = self._unlike
        steps = f"step {first} is" if count == 1 else f"{count} steps from {first} to {last} are"
        return [
            f"{steps} missing among the frames, because the graph is not that of the first traced "
            f"step: {why}."
        ]

    def plot(self) -> Any:
        """Draw everything over the steps, in a panel each.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If nothing was recorded.
        """
        from viz.history.panels import draw

        return draw(self)

    def timeline(self) -> Picture:
        """The graph at every traced step: one scrubs through the training, and nothing moves.

        Returns
        -------
        Picture
            Shows itself in a notebook; `save` it as .html to open it elsewhere.

        Raises
        ------
        ValueError
            If no step was traced, or this history was read from a file, which has no graph.
        """
        from viz.history.timeline import draw_timeline

        if self.first_trace is None:
            raise ValueError(
                "a timeline needs the graph of the first traced step, but this GradientHistory has "
                "none: hand it to nn.fit(callbacks=[history]); what from_dict gives has no graph."
            )
        frames = self.frames
        title = f"Gradients through training: steps {frames[0]['step']} to {frames[-1]['step']}"
        return draw_timeline(self.first_trace, frames, title)

    def __repr__(self) -> str:
        from viz.history.summary import summarize

        return summarize(self)

    # --- saving -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Everything but `first_trace`, for `json.dump`.

        nan and infinities become the strings "NaN", "Infinity" and "-Infinity", which JSON lacks.
        Gradients of a window that is not full yet are left out.
        """
        state = {
            "trace_every": self.trace_every,
            "window": self.window,
            "step": self._step,
            "noted": {name: noted.to_dict(dict) for name, noted in self._noted.items()},
            "structure": None if self.structure is None else vars(self.structure),
            "frames": self._frames.to_dict(Frame.to_dict),
            "unlike": None if self._unlike is None else list(self._unlike),
        }
        portable: dict[str, Any] = to_portable(state)
        return portable

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> GradientHistory:
        """The reverse of `to_dict`. It can go on recording.

        Raises
        ------
        ValueError
            If the state is not one that `to_dict` gave.
        """
        try:
            history = cls(state["trace_every"], state["window"])
            history._step = state["step"]
            for name in _QUANTITIES:
                history._noted[name] = Thinned.from_dict(state["noted"][name], floats)
            if state["structure"] is not None:
                history.structure = Structure(**state["structure"])
            history._frames = Thinned.from_dict(state["frames"], Frame.from_dict)
            if state["unlike"] is not None:
                count, first, last, why = state["unlike"]
                history._unlike = count, first, last, why
        except (KeyError, TypeError) as error:
            raise ValueError(
                "this is not the state of a GradientHistory, as to_dict gives it: "
                f"{type(error).__name__} {error}."
            ) from error
        return history


def _learned(model: Module) -> Iterator[tuple[str, Any]]:
    """The parameters that are not frozen."""
    return ((name, p) for name, p in model.named_parameters() if p.requires_grad)


def _gradients(model: Module) -> Iterator[tuple[str, NDArray[Any]]]:
    """The gradients of the parameters that have one."""
    for name, parameter in _learned(model):
        if parameter.grad is not None:
            yield name, np.asarray(data_of(parameter.grad))


def _ratio(before: NDArray[Any], after: NDArray[Any]) -> float:
    """RMS of a change over the RMS of what changed."""
    change, size = rms(after - before), rms(before)
    if size == 0:
        return math.inf if change else 0.0
    return change / size


def _activations(trace: Trace) -> tuple[dict[str, float], dict[str, float]]:
    """Shares of saturated outputs and of closed units, by activation."""
    saturated: dict[str, float] = {}
    dead: dict[str, float] = {}
    for row in survey(trace).activations:
        if row.is_mask:
            continue
        name = _unused(f"{row.name} {row.op}", dead)
        dead[name] = float(row.closed.mean())
        if row.op in STEEPEST:
            saturated[name] = float(row.saturated.mean())
    return saturated, dead


def _unused(name: str, used: Mapping[str, Any]) -> str:
    """The name itself, or with a number if another has it."""
    candidates = (name if k == 1 else f"{name} #{k}" for k in range(1, len(used) + 2))
    return next(candidate for candidate in candidates if candidate not in used)
