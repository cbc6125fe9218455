"""Plug-in of pytest: nbval reaches its kernels through socket files instead of ports.

    pytest -p utils.kernel_sockets --nbval notebook.ipynb

Jupyter looks for free ports, lets go of them, and the kernel takes them a second later. If
another program has taken one by then, the kernel dies before its first cell. Where many
notebooks run side by side this happens. A socket file in a folder of its own is nobody
else's.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import nbval.kernel
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
