"""Boxes for one submission after another, the next one started ahead.

Every box still serves one submission only.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from grader.kernel.driver import BoxDriver


class PreparedBoxes:
    """Hands out fresh boxes and takes used ones; belongs to one process."""

    def __init__(self, start: Callable[[], BoxDriver]) -> None:
        """Begin with nothing started and nothing started ahead."""
        self._start = start
        self._helpers: ThreadPoolExecutor | None = None
        self._next: Future[BoxDriver] | None = None

    def work_ahead(self) -> None:
        """From the first box on, have the next one ready; `close` ends this."""
        self._helpers = ThreadPoolExecutor(2, thread_name_prefix="prepared-box")

    def take(self) -> BoxDriver:
        """Return a box nobody has used.

        Raises:
            IsolationError: this machine does not confine as much as is asked for.
        """
        if self._helpers is None:
            return self._start()
        waiting, self._next = self._next, None
        try:
            return waiting.result() if waiting else self._start()
        finally:
            self._next = self._helpers.submit(self._start)

    def put_away(self, box: BoxDriver) -> None:
        """End a box, behind the caller's back when working ahead."""
        if self._helpers is None:
            box.close()
        else:
            self._helpers.submit(box.close)

    def close(self) -> None:
        """End the box that was started ahead; wait for those that were put away."""
        if self._helpers is None:
            return
        waiting, self._next = self._next, None
        if waiting is not None and waiting.exception() is None:
            waiting.result().close()
        self._helpers.shutdown()
        self._helpers = None
