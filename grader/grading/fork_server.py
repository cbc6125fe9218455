"""The process that workers are forked from: what they need is imported there, once."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

PRELOADED = ["grader.course", "grader.grading.submission"]
"""The first one says which import all others do without."""


def start() -> ForkServerContext:
    """Have it running; its imports go on while the caller does something else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()
    return context
