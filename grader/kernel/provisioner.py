"""How jupyter_client starts our kernels; found by entry point `course-warm`.

`start_kernel` of any KernelManager whose kernelspec names it may be given:

    course_profile     "numpy" or "torch" (default: the kernelspec's)
    course_limits      a grader.limits.Limits
    course_files       {"plain name": bytes}, placed in the working directory
    course_isolation   "none" runs a confined kernelspec without confinement

After the start `manager.provisioner.isolation` is the level in force; after the
kernel's end `death_reason` says why, None if it was asked to go.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Enum

from grader.errors import IsolationError
from grader.limits import Limits
from grader.sandbox.levels import Applied, Level

from . import fast_client
from .parents import PARENTS, ParentHandle
from .specs import (
    ADDRESS_SLACK_BYTES,
    BOX_VARIABLES,
    PROFILES,
    SOCKETS,
    KernelRequest,
    ProfileName,
    checked_files,
)

_START_TIMEOUT_S = 120.0
_DEATH_TIMEOUT_S = 5.0
_LOOK_S = 0.05
_BACKLOG = 16
_MESSAGE_BYTES = 1 << 16


class WarmProvisioner(LocalProvisioner):
    """A kernel forked from a warm parent, in a box if its kernelspec says so.

    Every method is called by jupyter_client in the owning process. What arrives on
    the control socket comes from the warm parent and is trusted.
    """

    profile = Enum(tuple(PROFILES), default_value="torch", config=True)
    confined = Bool(False, config=True)

    isolation: Level = "none"
    death_reason: str | None = None
    _control: socket.socket | None = None
    _parent_handle: ParentHandle | None = None
    _prefix: str | None = None
    _exit_code: int | None = None
    _error: str | None = None
    _asked_to_go = False
    _started = False
    _limits = Limits()
    _files: Mapping[str, bytes] = {}
    _wanted_profile: ProfileName = "torch"
    _without_box = False

    # -- start -------------------------------------------------------------------

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Take our own options; move the manager to ipc sockets of our own."""
        wanted: Any = kwargs.pop("course_profile", None) or self.profile
        self._wanted_profile = wanted
        self._limits = kwargs.pop("course_limits", None) or Limits()
        self._files = checked_files(kwargs.pop("course_files", None) or {}, self._limits)
        self._without_box = kwargs.pop("course_isolation", None) == "none"
        self._check_options()
        if _is_linux():
            self._use_ipc()
        return await super().pre_launch(**kwargs)

    def _check_options(self) -> None:
        if self._wanted_profile not in PROFILES:
            raise ValueError(
                f"course_profile is {self._wanted_profile!r}, expected one of"
                f" {', '.join(PROFILES)}"
            )
        if self.confined and not self._without_box and not _is_linux():
            raise IsolationError(
                f"{sys.platform} cannot confine student code, Linux is needed;"
                " `grader doctor` says more, --isolation none goes without"
            )

    def _use_ipc(self) -> None:
        manager: Any = self.parent
        if self._prefix is None:
            self._prefix = PARENTS.folder().new_prefix()
        manager.transport = "ipc"
        manager.ip = self._prefix
        manager.cache_ports = False
        for port, name in enumerate(SOCKETS, start=1):
            setattr(manager, name, port)
        if self.confined:
            manager.connection_file = f"{self._prefix}.json"
        fast_client.install(manager)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Ask the warm parent for a kernel and wait until it is in its box.

        Raises:
            IsolationError: the box could not be built.
            RuntimeError: the warm parent could not start.
        """
        if not _is_linux():
            self._write_files(Path(kwargs.get("cwd") or "."))
            return await super().launch_kernel(cmd, **kwargs)
        self._exit_code = self.death_reason = self._error = None
        self._started = self._asked_to_go = False
        in_box = self.confined and not self._without_box
        request = self._request(cmd, kwargs, in_box=in_box)
        with contextlib.ExitStack() as stack:
            fds = self._offer(request, kwargs, stack)
            mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.callback(theirs.close)
            mine.setblocking(False)
            self._control = mine
            limit = self._limits.memory_bytes if in_box else None
            self._parent_handle = PARENTS.spawn(
                self._wanted_profile,
                "kernels",
                confined=self.confined,
                memory_bytes=limit,
                fds=[theirs.fileno(), *fds],
            )
        await self._wait_for(lambda: self._started, _START_TIMEOUT_S)
        if not self._started:
            self._fail(in_box=in_box)
        self.process = self  # type: ignore[assignment]  # what has_process looks at
        self.cwd = request.folder
        return self.connection_info

    def _request(
        self, cmd: list[str], kwargs: dict[str, Any], *, in_box: bool
    ) -> KernelRequest:
        folder = str(kwargs.get("cwd") or os.getcwd())
        if self.confined and not in_box:
            folder = self._own_folder()
        info = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in self.connection_info.items()
        }
        start = cmd.index("ipykernel_launcher") + 1
        variables = dict(kwargs.get("env") or os.environ)
        if in_box:
            variables = {k: variables[k] for k in BOX_VARIABLES if k in variables}
        return KernelRequest(
            arguments=tuple(cmd[start:]),
            environment=variables,
            folder=folder,
            connection=info,
            confined=in_box,
            files_bytes=self._limits.files_bytes,
            processes=self._limits.processes,
            address_bytes=self._limits.memory_bytes + ADDRESS_SLACK_BYTES,
            files=dict(self._files) if in_box else {},
        )

    def _own_folder(self) -> str:
        """A folder for a kernel that should be in a box but was let out of it."""
        folder = Path(f"{self._prefix}.work")
        folder.mkdir(exist_ok=True)
        self._write_files(folder)
        return str(folder)

    def _write_files(self, folder: Path) -> None:
        for name, data in self._files.items():
            (folder / name).write_bytes(data)

    def _offer(
        self, request: KernelRequest, kwargs: dict[str, Any], stack: contextlib.ExitStack
    ) -> list[int]:
        """The request, five listening sockets and three streams, closed by `stack`."""
        body = stack.enter_context(os.fdopen(os.memfd_create("request"), "w+b"))
        body.write(request.pack())
        body.flush()
        body.seek(0)
        sockets = [
            stack.enter_context(_listen(f"{self._prefix}-{port}"))
            for port in range(1, len(SOCKETS) + 1)
        ]
        null_file = open(os.devnull, "r+b", buffering=0)  # noqa: SIM115  (the stack closes it)
        null = stack.enter_context(null_file).fileno()
        streams = [
            null if request.confined else _stream(kwargs.get(name), default, null)
            for name, default in (("stdin", null), ("stdout", 1), ("stderr", 2))
        ]
        return [body.fileno(), *(s.fileno() for s in sockets), *streams]

    def _fail(self, *, in_box: bool) -> None:
        """Raise for a kernel that never started."""
        self._close_control()
        if in_box and self._error:
            raise IsolationError(
                f"this machine refuses to confine a kernel ({self._error});"
                " `grader doctor` says what is missing, --isolation none goes without"
            )
        assert self._parent_handle is not None
        raise RuntimeError(
            f"the warm parent of profile {self._wanted_profile!r} started no kernel:"
            f" {self._error or self._parent_handle.log_tail() or self.death_reason}"
        )

    # -- news from the warm parent -----------------------------------------------

    def _read_news(self) -> None:
        """Take in what has arrived on the control socket; never blocks."""
        while self._control is not None:
            try:
                data = self._control.recv(_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._note(json.loads(data))
            if not data or self._exit_code is not None:
                self._ended()

    def _note(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._started = True
            self.pid = self.pgid = message["started"]
            applied = message["applied"]
            self.isolation = Applied(**applied).level if applied else "none"
        elif "exit" in message:
            self._exit_code = int(message["exit"])
            self._error = message["error"]
            self.death_reason = message["reason"] or _exit_text(self._exit_code)

    def _ended(self) -> None:
        """The kernel is gone, with or without its warm parent."""
        if self._exit_code is None:
            self._exit_code = -signal.SIGKILL
            self.death_reason = "the warm parent of its kernel ended"
        if self._asked_to_go and self._exit_code == -signal.SIGKILL:
            self.death_reason = None
        self._close_control()

    def _close_control(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    async def _wait_for(self, done: Any, timeout_s: float) -> None:
        """Wait for news until `done()`, the kernel's end or the timeout."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        self._read_news()
        while not done() and self._control is not None and loop.time() < deadline:
            await _readable(self._control, _LOOK_S)
            self._read_news()

    # -- the life of a kernel ----------------------------------------------------

    async def poll(self) -> int | None:
        """None while the kernel lives, then its exit code."""
        if not self._is_warm():
            return await super().poll()
        self._read_news()
        return None if self._control is not None else self._exit_code or 0

    async def wait(self) -> int | None:
        """Wait for its end, which includes the end of everything it started."""
        if not self._is_warm():
            return await super().wait()
        await self._wait_for(lambda: False, float("inf"))
        self.process = None
        return self._exit_code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group; SIGKILL ends the whole box."""
        if not self._is_warm():
            await super().send_signal(signum)
        elif self._control is not None:
            with contextlib.suppress(OSError):
                self._control.send(json.dumps({"signal": int(signum)}).encode())

    async def kill(self, restart: bool = False) -> None:
        """End the kernel now; returns when nothing of it is left."""
        if not self._is_warm():
            await super().kill(restart)
            return
        self._read_news()
        self._asked_to_go = self._control is not None
        await self.send_signal(signal.SIGKILL)
        await self._wait_for(lambda: False, _DEATH_TIMEOUT_S)

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: our kernels have nothing to save."""
        await self.kill(restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """End the kernel at once instead of polling for its own slow goodbye."""
        if self._is_warm():
            await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove sockets and files of a kernel that will not be restarted."""
        await super().cleanup(restart)
        self._close_control()
        if self._prefix is not None and not restart:
            for port in range(1, len(SOCKETS) + 1):
                Path(f"{self._prefix}-{port}").unlink(missing_ok=True)
            shutil.rmtree(f"{self._prefix}.work", ignore_errors=True)

    def _is_warm(self) -> bool:
        return self._prefix is not None


def _is_linux() -> bool:
    return sys.platform == "linux"


def _listen(path: str) -> socket.socket:
    """A listening socket at `path`; clients may connect before the kernel accepts."""
    Path(path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _stream(given: Any, default: int, null: int) -> int:
    """The descriptor for one of Popen's stream arguments."""
    if given is None:
        return default
    if given in (subprocess.PIPE, subprocess.DEVNULL, subprocess.STDOUT):
        return null
    return int(given if isinstance(given, int) else given.fileno())


def _exit_text(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    return f"killed by signal {-code}"


async def _readable(channel: socket.socket, timeout_s: float) -> None:
    """Return when there is something to read, or after the timeout."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(channel, ready.set)
    try:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ready.wait(), timeout_s)
    finally:
        loop.remove_reader(channel)
