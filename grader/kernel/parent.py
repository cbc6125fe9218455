"""The warm parent: imports the libraries once, then forks kernels or boxes on request.

One per owning process, profile and kind, started by `grader.kernel.parents`. It holds no
secret: its environment is an allow-list, it never reads the requests that its
children read, and it knows the owner only through a socket pair, the leash. When the
owner ends, however it ends, the leash reports end of file and the parent kills every
kernel and goes. Messages on its sockets come from the owner and from boxes before
student code exists in them; nothing from a submission is ever read here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import marshal
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from grader.sandbox import box, syscalls, usage
from grader.sandbox.packages import links_to
from grader.sandbox.view import NO_VIEW, FileView, file_view, is_inside

from . import child
from .inside.shell import Shell
from .specs import PROFILES, BoxRequest, KernelRequest, ParentConfig, Profile, memory_text

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_MESSAGE_BYTES = 1 << 16
_FDS_PER_SPAWN = 10
_WATCH_S = 0.06
"""Between two looks at the memory of all boxes."""
_LAST_WAIT_S = 3.0
_PRELOAD = (
    *("ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.iostream"),
    *("IPython.core.completer", "IPython.core.history", "IPython.core.magics"),
    *("IPython.core.pylabtools", "IPython.core.async_helpers", "sqlite3", "pexpect"),
    *("matplotlib_inline.backend_inline", "matplotlib_inline.config"),
    *("IPython.core.debugger", "IPython.core.oinspect", "IPython.core.completerlib"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "faulthandler"),
    *("zmq.asyncio", "psutil", "executing", "stack_data", "asttokens", "pure_eval"),
    *("pygments.lexers.python", "pygments.formatters.terminal256"),
)
_UTILS = ("utils.check", "utils.gradcheck", "utils.data")


@dataclass
class _Kernel:
    """A forked child and, if confined, its box."""

    pid: int
    """The direct child: the supervisor of a box, or the kernel itself."""
    control: socket.socket
    """To the owner of this kernel; its end of file means: kill."""
    report: socket.socket
    """From the box; student code never holds the other end."""
    memory_bytes: int | None
    """Limit over all processes of the box; None for an unconfined kernel."""
    ended: int
    """A pidfd of `pid`."""
    fds: dict[str, int] = field(default_factory=dict)
    """Pidfds `init` and `kernel`, folder descriptor `proc`."""
    exit_code: int | None = None
    reason: str | None = None
    error: str | None = None

    def tell(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        """Send to the owner, who may be gone."""
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], list(fds))
        except OSError:
            self.kill()

    def kill(self) -> None:
        """End everything at once: a dying init takes its namespace along."""
        if self.memory_bytes is None:
            self.signal(signal.SIGKILL)
        else:  # a box still being built follows its supervisor
            _pidfd_signal(self.fds.get("init", self.ended), signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Signal the kernel and what runs in its process group, as a terminal would."""
        fd = self.fds.get("kernel", self.ended)
        pid = _pid_of(fd)
        try:
            if pid > 1:
                os.killpg(pid, number)
                return
        except OSError:
            pass
        _pidfd_signal(fd, number)

    def close(self) -> None:
        """Release every descriptor."""
        for fd in (self.ended, *self.fds.values()):
            os.close(fd)
        self.control.close()
        self.report.close()


def _pidfd_signal(fd: int, number: int) -> None:
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(fd, number)


def _pid_of(pidfd: int) -> int:
    """The process id behind a pidfd as seen here, -1 once it has ended."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1


class WarmParent:
    """The loop; everything happens in one thread."""

    def __init__(self, leash: socket.socket, config: ParentConfig) -> None:
        """Load the libraries; afterwards memory is as every kernel will see it."""
        self._leash = leash
        self._config = config
        profile = PROFILES[config.profile]
        # outside a box a notebook may lie beside a `utils` of its own
        ours = _UTILS if config.confined else ()
        view = _view_meanwhile(profile) if config.confined else (lambda: NO_VIEW)
        _load((*_PRELOAD, *profile.imports, *ours), config.font_cache)
        self._shell = Shell() if config.serves == "boxes" else None
        self._view = view()
        _settle(self._view)
        self._kernels: dict[int, _Kernel] = {}
        self._poll = select.poll()
        self._watched: dict[int, Callable[[], None]] = {}
        self._next_look = 0.0
        self._born: Callable[[], Callable[[], None]] | None = None
        self._watch(leash.fileno(), self._on_leash)

    def run(self) -> Callable[[], Callable[[], None]]:
        """Serve until forked: returns only in a child, with what the child is to do."""
        while self._born is None:
            self._handle_one(_WATCH_S if self._boxes() else None)
            self._watch_memory()
        return self._born

    def _handle_one(self, timeout_s: float | None) -> None:
        """Wait for one event; more than one at a time could be about reused numbers."""
        wait_ms = None if timeout_s is None else round(timeout_s * 1000)
        for fd, _ in self._poll.poll(wait_ms)[:1]:
            self._watched[fd]()

    def _watch(self, fd: int, handler: Callable[[], None]) -> None:
        self._poll.register(fd, select.POLLIN)
        self._watched[fd] = handler

    def _unwatch(self, *fds: int) -> None:
        for fd in fds:
            if self._watched.pop(fd, None):
                self._poll.unregister(fd)

    # -- requests ----------------------------------------------------------------

    def _on_leash(self) -> None:
        """The owner asks for a kernel, or is gone."""
        data, fds, _, _ = socket.recv_fds(self._leash, _MESSAGE_BYTES, _FDS_PER_SPAWN)
        if not data:
            self._farewell()
        header = json.loads(data)
        control = socket.socket(fileno=fds[0])
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        birth = _Birth(fds[1:], theirs, self._view, os.getpid(), self._shell)
        pid = os.fork()
        if pid == 0:
            self._release(control, mine)
            if self._config.core is not None:
                os.sched_setaffinity(0, {self._config.core})
            self._born = birth.grow_up
            return
        theirs.close()
        for fd in fds[1:]:
            os.close(fd)
        kernel = _Kernel(pid, control, mine, header["memory_bytes"], os.pidfd_open(pid))
        self._kernels[pid] = kernel
        self._watch(control.fileno(), lambda: self._on_control(kernel))
        self._watch(mine.fileno(), lambda: self._on_report(kernel))
        self._watch(kernel.ended, lambda: self._on_end(kernel))

    def _release(self, *sockets: socket.socket) -> None:
        """In the child: close now what a later collection would close by number."""
        for kernel in self._kernels.values():
            kernel.close()
        for channel in (self._leash, *sockets):
            channel.close()

    def _on_control(self, kernel: _Kernel) -> None:
        """The owner of one kernel wants a signal sent, or has let go of it."""
        try:
            data = kernel.control.recv(_MESSAGE_BYTES)
        except OSError:
            data = b""
        number = json.loads(data)["signal"] if data else signal.SIGKILL
        if number == signal.SIGKILL:
            kernel.kill()
        else:
            kernel.signal(number)
        if not data:
            self._unwatch(kernel.control.fileno())

    # -- news from children ------------------------------------------------------

    def _on_report(self, kernel: _Kernel) -> None:
        """A box says who it is, or how it ended."""
        data, fds, _, _ = socket.recv_fds(kernel.report, _MESSAGE_BYTES, 4)
        if not data:
            self._unwatch(kernel.report.fileno())
            return
        message = json.loads(data)
        if "init" in message:
            kernel.fds["init"] = fds[0]
        elif "applied" in message:
            kernel.fds.update(zip(("kernel", "proc"), fds, strict=False))
        elif "exit" in message and kernel.exit_code is None:
            kernel.exit_code = message["exit"]
        elif "error" in message:
            kernel.error = message["error"]
        if "applied" in message:
            pid = _pid_of(kernel.fds.get("kernel", kernel.ended))
            told = {"started": pid, "applied": message["applied"]}
            proc = kernel.fds.get("proc") if self._shell else None
            kernel.tell(told, [] if proc is None else [proc])

    def _on_end(self, kernel: _Kernel) -> None:
        """The direct child has ended, and with it everything in its box."""
        while kernel.report.fileno() in self._watched and _readable(kernel.report):
            self._on_report(kernel)
        _, status = os.waitpid(kernel.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        kernel.exit_code = code if kernel.exit_code is None else kernel.exit_code
        kernel.tell(
            {"exit": kernel.exit_code, "reason": kernel.reason, "error": kernel.error}
        )
        self._unwatch(kernel.control.fileno(), kernel.report.fileno(), kernel.ended)
        del self._kernels[kernel.pid]
        kernel.close()

    def _boxes(self) -> list[_Kernel]:
        return [k for k in self._kernels.values() if "proc" in k.fds]

    def _watch_memory(self) -> None:
        if self._born or time.monotonic() < self._next_look:
            return
        for kernel in self._boxes():
            limit = kernel.memory_bytes
            if limit is None or kernel.reason:
                continue
            if usage.used_bytes(kernel.fds["proc"], limit=limit) > limit:
                kernel.reason = f"memory limit of {memory_text(limit)}"
                kernel.kill()
        self._next_look = time.monotonic() + _WATCH_S

    def _farewell(self) -> None:
        """The owner is gone: leave no process, socket or folder behind."""
        for kernel in self._kernels.values():
            kernel.kill()
        deadline = time.monotonic() + _LAST_WAIT_S
        self._unwatch(self._leash.fileno())
        while self._kernels and time.monotonic() < deadline:
            self._handle_one(_WATCH_S)
        shutil.rmtree(self._config.run_folder, ignore_errors=True)
        os._exit(0)


def _readable(channel: socket.socket) -> bool:
    return bool(select.select([channel], [], [], 0)[0])


def _load(names: Iterable[str], font_cache: str) -> None:
    """Import libraries with one thread, draw one figure."""
    os.environ["MPLCONFIGDIR"] = font_cache
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:  # optional, or an environment without this profile's own
            continue
    _draw_once()
    del os.environ["MPLCONFIGDIR"]
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise RuntimeError(
            f"the warm parent has {threads} threads after its imports, expected 1:"
            " a fork would copy their locks; is OMP_NUM_THREADS ignored?"
        )


def _settle(view: FileView) -> None:
    """Leave no module loaded that a kernel could not import itself, freeze what is left.

    A stock kernel has none of the grader's, and a box none of a package it does not show.
    """
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        hidden = is_inside(path, view.covered) and not is_inside(path, view.inside)
        if hidden or name.partition(".")[0] == "grader":
            del sys.modules[name]
    gc.collect()
    gc.freeze()


def _draw_once() -> None:
    """Load fonts, PNG writer and the list of backends; pyplot keeps no figure."""
    from matplotlib.backends import backend_registry
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    canvas = FigureCanvasAgg(figure)
    figure.subplots().plot([0, 1], label="a")
    backend_registry.list_all()  # reads the entry points of everything installed
    canvas.print_figure(io.BytesIO(), format="png", bbox_inches="tight")


def _view_meanwhile(profile: Profile) -> Callable[[], FileView]:
    """Work out the view in a child, which reads thousands of folders; return its result."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with os.fdopen(writer, "wb") as stream:
                stream.write(marshal.dumps(astuple(_view(profile))))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writer)

    def result() -> FileView:
        with os.fdopen(reader, "rb") as stream:
            text = stream.read()
        os.waitpid(pid, 0)
        if not text:
            raise RuntimeError("it could not be worked out what boxes are to show")
        return FileView(*marshal.loads(text))

    return result


def _view(profile: Profile) -> FileView:
    extra = (_PACKAGE_ROOT / "utils", *links_to(_PACKAGE_ROOT))
    return file_view(extra=extra, packages=profile.packages)


@dataclass(frozen=True)
class _Birth:
    """What a forked child needs to become what it was forked for."""

    fds: list[int]
    """The request, the channels of the kernel or the box, its three standard streams."""
    report: socket.socket
    view: FileView
    parent: int
    """Process id of the warm parent."""
    shell: Shell | None
    """Of a box; a kernel makes its own."""

    def grow_up(self) -> Callable[[], None]:
        """In the child: read the request, enter the box if asked, return the main loop."""
        kind = KernelRequest if self.shell is None else BoxRequest
        with os.fdopen(self.fds[0], "rb") as stream:
            request = kind.unpack(stream.read())
        channels, streams = self.fds[1:-3], self.fds[-3:]
        keep = {*channels, *streams}
        if request.confined:
            spec = box.BoxSpec(
                view=self.view,
                files_bytes=request.files_bytes,
                processes=request.processes,
                address_bytes=request.address_bytes,
            )
            box.enter(spec, self.report, keep, self.parent)
            self.report.detach()
        else:
            _stand_alone(self.report, keep, self.parent)
        if self.shell is not None:
            return child.become_box(request, self.shell, channels, streams)
        assert isinstance(request, KernelRequest)
        return child.become_kernel(request, channels, streams)


def _stand_alone(report: socket.socket, keep: set[int], parent: int) -> None:
    """An unconfined kernel or box: its own session, the same leash."""
    syscalls.die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    os.setsid()
    report.send(json.dumps({"applied": None}).encode())
    report.detach()
    syscalls.close_all_but({0, 1, 2, *keep})


def main(leash_fd: int) -> None:
    """Entry point of the warm parent's process."""
    leash = socket.socket(fileno=leash_fd)
    leash.set_inheritable(False)
    data = leash.recv(_MESSAGE_BYTES)
    if not data:
        return
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    grow_up = WarmParent(leash, ParentConfig(**json.loads(data))).run()
    start = grow_up()
    del grow_up, leash, data
    start()
    sys.exit(0)
