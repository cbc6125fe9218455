"""The process that workers are forked from: what they need is imported there, once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from multiprocessing.util import get_temp_dir

from grader.kernel.rundir import short_temporary_folder

PRELOADED = ["grader.course", "grader.grading.submission"]
"""The first one says which import all others do without."""
_SAFE_PATH = "PYTHONSAFEPATH"


def start() -> ForkServerContext:
    """Have it running; its imports go on while the caller does something else.

    It imports nothing from the current folder, which may be a student's, and Ctrl-C is
    the caller's business alone.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    _keep_sockets_short()
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    main = threading.current_thread() is threading.main_thread()
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        resource_tracker.ensure_running()
        forkserver.ensure_running()
    finally:
        if main:
            signal.signal(signal.SIGINT, interrupt)
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before
    return context


def _keep_sockets_short() -> None:
    """Have multiprocessing choose its folder, where the path of a socket fits."""
    before = tempfile.tempdir
    tempfile.tempdir = short_temporary_folder()
    try:
        get_temp_dir()  # remembers it
    finally:
        tempfile.tempdir = before
