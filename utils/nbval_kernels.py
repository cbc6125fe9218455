"""Plug-in of pytest: how nbval reaches its kernels, and when it believes them.

    pytest -p utils.nbval_kernels --nbval notebook.ipynb

They are reached through socket files instead of ports. Jupyter looks for free ports, lets
go of them, and the kernel takes them a second later. If another program has taken one by
then, the kernel dies before its first cell. Where many notebooks run side by side this
happens. A socket file in a folder of its own is nobody else's.

A cell passes only if its kernel has answered, and not with "error": nbval itself looks at
outputs alone, and a cell that is over without any word of that would pass.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

LONGEST_FOLDER = 80
"""Characters; a socket's path may have about 100, on macOS too."""


class SocketFileManager(KernelManager):
    """Starts kernels as its parent does; ports remain where sockets have no files."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if os.name != "posix" or len(tempfile.gettempdir()) > LONGEST_FOLDER:
            return
        folder = tempfile.mkdtemp(prefix="kernel-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.transport = "ipc"
        self.ip = str(Path(folder, "s"))


def pytest_configure(config: Any) -> None:
    """Let nbval start its kernels so."""
    nbval.kernel.KernelManager = SocketFileManager


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Any) -> Any:
    """Fail a cell whose kernel answers "error", or not at all, whatever its outputs say."""
    kernel, replies = item.parent.kernel, []
    stopped_before = item.parent.timed_out
    get_message = kernel.get_message

    def kept(stream: str, timeout: float | None = None) -> Any:
        message = get_message(stream, timeout)
        if stream == "shell":
            replies.append(message["content"])
        return message

    kernel.get_message = kept
    try:
        result = yield
    finally:
        kernel.get_message = get_message
    if item.parent.timed_out and not stopped_before:
        item.raise_cell_error("the kernel did not say that the cell was over", "")
    if not item.options["check_exception"]:
        for reply in replies:
            if reply.get("status") == "error":
                lines = reply.get("traceback") or [
                    f"{reply.get('ename')}: {reply.get('evalue')}"
                ]
                item.raise_cell_error(
                    "Cell execution caused an exception", "\n".join(lines)
                )
    return result
