"""replay(): a function recorded once, and then run again without Python for every node."""

from autograd.program.replayed import Replayed, replay
from autograd.program.tape import ReplayError

__all__ = ["ReplayError", "Replayed", "replay"]
