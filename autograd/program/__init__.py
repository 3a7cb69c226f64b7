"""Functions whose graph is not kept: replay() runs a program instead, checkpoint() comes back."""

from autograd.program.checkpointing import checkpoint
from autograd.program.replayed import Replayed, replay
from autograd.program.tape import ReplayError

__all__ = ["ReplayError", "Replayed", "checkpoint", "replay"]
