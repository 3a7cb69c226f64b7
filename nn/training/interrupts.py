"""Ctrl-C while a model is trained."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Self


class Interrupts:
    """A block in which the first Ctrl-C is noted instead of raised, so that no step is cut in two.

    The second one raises KeyboardInterrupt as ever. Only the main thread hears of Ctrl-C, and a
    handler that is not Python's own stays as it is.

    Attributes
    ----------
    requested : bool
        Whether there was one.
    """

    def __init__(self) -> None:
        self.requested = False
        self._ours = False

    def __enter__(self) -> Self:
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._ours:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
