"""What instructors' code may do while it is tried out: be silent, and come to an end."""

from __future__ import annotations

import contextlib
import io
import signal
import time
import warnings
from collections.abc import Iterator

LOOK_S = 0.1
"""Processor time of all threads between two looks at the clock."""


class TooSlowError(Exception):
    """Code has computed for longer than it may."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Swallow what instructors' cells and mutants print, and warn about."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what computes too long, again and again; in the main thread.

    The first time ends a case of an answer, which then goes on with the next one. It is
    this thread's processor time that counts: on a busy machine nothing takes longer, and
    on many processors nothing is over sooner.

    Raises:
        TooSlowError: the time is over, every tenth of a second again.
    """
    started = time.thread_time()

    def look(*_: object) -> None:
        if time.thread_time() - started > seconds:
            raise TooSlowError(f"it still computes after {seconds:g} s")

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, LOOK_S, LOOK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
