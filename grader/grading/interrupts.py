"""Ctrl-C that never cuts a write in half."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupts:
    """Holds Ctrl-C back inside `held`; as a context manager it owns the signal."""

    def __init__(self) -> None:
        self._held = self._pending = False

    @contextlib.contextmanager
    def owned(self) -> Iterator[Interrupts]:
        """Handle SIGINT until the end of the block (in the main thread only)."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Finish the block first, then raise `KeyboardInterrupt` if Ctrl-C came."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = True
        else:
            raise KeyboardInterrupt
