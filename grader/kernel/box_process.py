"""The process behind a box, seen by its owner: start, signal, end, what it uses."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from grader.errors import IsolationError
from grader.limits import Limits
from grader.sandbox import usage
from grader.sandbox.levels import Applied, Level

from .parents import PARENTS
from .specs import ProfileName, box_request, checked_files

START_S = 120.0
END_S = 5.0
_MESSAGE_BYTES = 1 << 16


class ParentEndedError(RuntimeError):
    """The warm parent ended before the box had begun: another one may do better."""


def readable(fds: Iterable[int], timeout_s: float) -> set[int]:
    """Return which descriptors, of any number, have something to read, waiting a while."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return {fd for fd, _ in poll.poll(1000 * timeout_s)}


class BoxProcess:
    """A box that a warm parent has forked; what it says on `control` is trusted.

    Attributes:
        channel: the socket that speaks with the shell in the box.
        pipes: where the texts of its descriptors 1 and 2 can be read.
        isolation: the confinement in force.
        ended: whether nothing of it is left.
        reason: why it has ended, if that is known.
    """

    isolation: Level = "none"
    ended = False
    reason = ""

    def __init__(
        self,
        profile: ProfileName,
        limits: Limits,
        files: Mapping[str, bytes],
        *,
        confined: bool,
    ) -> None:
        """Start it and wait until it is where it belongs.

        Raises:
            IsolationError: this machine does not let it be confined.
            ParentEndedError: the warm parent has ended meanwhile, or cannot start.
        """
        self._folder = None if confined else tempfile.TemporaryDirectory(prefix="grader-")
        self._pid = 0
        self._proc: int | None = None
        self._started = self._gone = False
        self._error = ""
        self._control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel, channel = socket.socketpair()
        readers, writers = zip(os.pipe(), os.pipe(), strict=True)
        self.pipes: tuple[int, ...] = readers
        try:
            self._start(profile, limits, files, control, channel, writers)
        except BaseException:
            self.close()
            raise
        finally:
            control.close()
            channel.close()
            for fd in writers:
                os.close(fd)
        for fd in readers:
            os.set_blocking(fd, False)
        self.channel.setblocking(False)

    def _start(
        self,
        profile: ProfileName,
        limits: Limits,
        files: Mapping[str, bytes],
        control: socket.socket,
        channel: socket.socket,
        writers: tuple[int, ...],
    ) -> None:
        files = checked_files(files, limits)
        folder = self._folder.name if self._folder else "/"
        confined = self._folder is None
        for name, data in ({} if confined else files).items():
            Path(folder, name).write_bytes(data)
        with (
            os.fdopen(os.memfd_create("request"), "w+b") as request,
            os.fdopen(_sealed_file(), "w+b") as lock,
            open(os.devnull, "rb", buffering=0) as nothing,
        ):
            body = box_request(limits, files, folder=folder, confined=confined)
            request.write(body.pack())
            request.flush()
            request.seek(0)
            channels = [channel.fileno(), lock.fileno(), *self.pipes]
            streams = [nothing.fileno(), *writers]
            parent = PARENTS.spawn(
                profile,
                "boxes",
                confined=True,
                memory_bytes=limits.memory_bytes if confined else None,
                fds=[control.fileno(), request.fileno(), *channels, *streams],
            )
        control.close()
        deadline = time.monotonic() + START_S
        while not self._started and not self.ended and time.monotonic() < deadline:
            self.wait_for_news(deadline - time.monotonic())
        if self._started:
            return
        if confined and self._error:
            raise IsolationError(
                f"this machine refuses to confine a submission ({self._error});"
                " `grader doctor` says what is missing, --isolation none goes without"
            )
        why = self._error or parent.log_tail() or self.reason
        text = f"the warm parent of profile {profile!r} started no box: {why}"
        raise ParentEndedError(text) if self._gone else RuntimeError(text)

    def fileno(self) -> int:
        """Of the socket on which the news of its end arrives; -1 afterwards."""
        return self._control.fileno()

    def wait_for_news(self, timeout_s: float) -> None:
        """Take in what has arrived, or arrives in time."""
        while not self.ended:
            if not readable([self._control.fileno()], max(0.0, timeout_s)):
                return
            data, fds, _, _ = socket.recv_fds(
                self._control, _MESSAGE_BYTES, 1, socket.MSG_CMSG_CLOEXEC
            )
            self._note(json.loads(data) if data else {"gone": True}, fds)
            timeout_s = 0.0

    def _note(self, message: dict[str, Any], fds: list[int]) -> None:
        if "started" in message:
            self._started = True
            self._pid = message["started"]
            self._proc = fds[0] if fds else None
            applied = message["applied"]
            self.isolation = Applied(**applied).level if applied else "none"
        elif "exit" in message:
            code = int(message["exit"])
            self._error = message["error"] or ""
            self._end(message["reason"] or _exit_text(code))
        else:
            self._gone = True
            self._end("the warm parent of its box ended")

    def _end(self, reason: str) -> None:
        self.ended = True
        self.reason = reason

    def used_s(self) -> float:
        """Processor seconds of all its processes so far."""
        if self._proc is not None:
            return usage.processor_s(self._proc)
        return _tree_s(self._pid)

    def signal(self, number: int) -> None:
        """Signal the shell and what runs in its process group, as a terminal would."""
        with contextlib.suppress(OSError):
            self._control.send(json.dumps({"signal": int(number)}).encode())

    def close(self) -> None:
        """End it, with everything it has started; returns when nothing of it is left."""
        if self._control.fileno() < 0:
            return
        if not self.ended:
            self.signal(signal.SIGKILL)
            deadline = time.monotonic() + END_S
            while not self.ended and time.monotonic() < deadline:
                self.wait_for_news(deadline - time.monotonic())
        self._control.close()
        self.channel.close()
        for fd in (*self.pipes, *([] if self._proc is None else [self._proc])):
            os.close(fd)
        if self._folder:
            self._folder.cleanup()


class PlainProcess:
    """The same without a warm parent or any confinement, for systems that have neither.

    Its interface is that of `BoxProcess`.
    """

    isolation: Level = "none"

    def __init__(
        self, profile: ProfileName, limits: Limits, files: Mapping[str, bytes]
    ) -> None:
        """Start a new interpreter; what it imports takes a second or two."""
        if sys.platform == "win32":
            raise IsolationError(
                "Windows itself cannot run submissions; Linux in WSL 2, a container or a "
                "virtual machine can"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="grader-")
        for name, data in checked_files(files, limits).items():
            Path(self._folder.name, name).write_bytes(data)
        self.channel, channel = socket.socketpair()
        self.pipes: tuple[int, ...] = ()
        with channel, tempfile.TemporaryFile() as lock:
            code = (
                "from grader.kernel.child import run_plain_box; "
                f"run_plain_box({channel.fileno()}, {lock.fileno()}, {profile!r})"
            )
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=self._folder.name,
                stdin=subprocess.DEVNULL,
                pass_fds=(channel.fileno(), lock.fileno()),
                start_new_session=True,
            )
        self.channel.setblocking(False)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    @property
    def reason(self) -> str:
        """Why it has ended."""
        code = self._process.poll()
        return "" if code is None else _exit_text(code)

    def fileno(self) -> int:
        """Nothing to wait for: the end of the channel tells of its own."""
        return -1

    def wait_for_news(self, timeout_s: float) -> None:
        """Wait for its end for a while."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    def used_s(self) -> float:
        """Processor seconds of all its processes so far."""
        return _tree_s(self._process.pid)

    def signal(self, number: int) -> None:
        """Signal its process group."""
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, number)

    def close(self) -> None:
        """End it, with what has stayed in its process group."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        self.channel.close()
        self._folder.cleanup()


def _sealed_file() -> int:
    """Return a file for locks that holds nothing and never will."""
    fd = os.memfd_create("lock", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def _tree_s(pid: int) -> float:
    """Return the processor seconds of a process and its descendants."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
                total += getattr(times, "children_user", 0.0)
                total += getattr(times, "children_system", 0.0)
    return total


def _exit_text(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"killed by signal {-code}"
