"""One processor for each owner of boxes, as long as there are enough.

What runs in a box stays on its owner's processor, so that submissions that are graded at
the same time do not take each other's time, whatever they start.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Core:
    """A processor that no other owner of this user has; holds a lock while it lives."""

    def __init__(self, folder: Path) -> None:
        """Take the first that is free; ``folder`` is where owners keep their locks."""
        self.number: int | None = None
        self._lock = -1
        for number in sorted(os.sched_getaffinity(0)):
            lock = os.open(
                folder / f"core-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            self.number, self._lock = number, lock
            return

    def release(self) -> None:
        """Let another owner have it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
            self.number = None
