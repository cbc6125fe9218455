"""The process that workers are forked from: what they need is imported there, once."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext

PRELOADED = ["grader.course", "grader.grading.submission"]
"""The first one says which import all others do without."""
_SAFE_PATH = "PYTHONSAFEPATH"


def start() -> ForkServerContext:
    """Have it running; its imports go on while the caller does something else.

    It imports nothing from the current folder, which may be a student's.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        resource_tracker.ensure_running()
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before
    return context
