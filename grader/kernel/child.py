"""The forked child of the warm parent on its way to becoming a kernel, or a box.

Everything here runs in the child. Up to `sandbox.box.enter` it is trusted and
outside; afterwards it is the process that runs student code, and looks to that code
like a stock `ipykernel_launcher`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import zmq
from ipykernel import ipkernel
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

from grader.sandbox import mounts

from .inside.shell import Shell
from .specs import PROFILES, BoxRequest, KernelRequest, ProfileName

_RUNTIME = f"{mounts.HOME}/.local/share/jupyter/runtime"


class _InheritedHeartbeat(Heartbeat):
    """Answers on a socket that the owner has bound."""

    fd = -1

    def _try_bind_socket(self) -> Any:
        self.socket.setsockopt(zmq.USE_FD, self.fd)
        return super()._try_bind_socket()


class InheritedApp(IPKernelApp):
    """The stock application on sockets the owner has bound and is listening on.

    So a client can connect before the kernel is up, and a box needs no folder that
    it shares with the machine.
    """

    inherited: dict[int, int]
    """Descriptor of each channel by its ipc port."""
    confined = False

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """As in the base class, whose general parser costs 5 ms, for what we pass."""
        if argv is None or len(argv) != 2 or argv[0] != "-f":
            super().parse_command_line(argv)
            return
        self.cli_config = Config({"IPKernelApp": {"connection_file": argv[1]}})
        if self.confined:
            self.cli_config.HistoryManager.hist_file = ":memory:"
            self.cli_config.IPythonKernel._execute_sleep = 0.0  # our client needs none
        self.update_config(self.cli_config)

    def _try_bind_socket(self, s: Any, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.inherited[port])
        s.bind(f"{self.transport}://{self.ip}-{port}")
        return port

    def init_heartbeat(self) -> None:
        """As in the base class, on the inherited socket."""
        address = (self.transport, self.ip, self.hb_port)
        self.heartbeat = _InheritedHeartbeat(zmq.Context(), address)
        self.heartbeat.fd = self.inherited[self.hb_port]
        self.heartbeat.start()

    def init_kernel(self) -> None:
        """As in the base class; in a box without its debugger's list of all modules.

        Nobody debugs there, and the list touches 1,400 pages shared with the parent.
        """
        if self.confined:
            ipkernel.sys = _sys_without_modules()
        try:
            super().init_kernel()
        finally:
            ipkernel.sys = sys

    def init_control(self, context: Any) -> None:
        """As in the base class; a box has no path to its own shell socket.

        Nor subshells, which would send each request through one more thread.
        """
        super().init_control(context)
        if not self.confined:
            return
        self.shell_channel_thread = _NoThread()
        if endpoint := self.shell_socket.getsockopt(zmq.LAST_ENDPOINT):
            self.debug_shell_socket.disconnect(endpoint)


class _NoThread:
    """Stands where a box has no thread of its own for its shell socket.

    ipykernel asks it for the thread that cells with ``await`` run in.
    """

    def __init__(self) -> None:
        self.parent_thread = threading.current_thread()

    def __bool__(self) -> bool:
        return False


class _BoxedKernel(ipkernel.IPythonKernel):
    """A kernel without subshells."""

    @property
    def _supports_kernel_subshells(self) -> bool:
        return False


def _sys_without_modules() -> ModuleType:
    stand_in = ModuleType("sys")
    stand_in.__dict__.update(vars(sys), modules={})
    return stand_in


def become_kernel(
    request: KernelRequest, sockets: list[int], streams: list[int]
) -> Callable[[], None]:
    """Turn this process into a kernel; returns the main loop.

    Called in the child once it is where it belongs (inside its box, or nowhere). The
    caller runs the loop from a frame that holds nothing else. `streams` are what an
    unconfined kernel has for its input and outputs.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as ipykernel does between cells
    if request.confined:
        _settle_in_box(request)
        arguments = _connection_file(request)
    else:
        _settle_outside(request)
        _take_streams(streams)
        arguments = [*request.arguments]
    _reseed()
    sys.argv = ["ipykernel_launcher", *arguments]
    app = InheritedApp.instance()
    app.inherited = dict(enumerate(sockets, start=1))
    app.confined = request.confined
    if request.confined:
        app.kernel_class = _BoxedKernel
    app.parent_handle = 1  # no polling of the parent: it holds a leash
    app.initialize(arguments)
    _connect_figures()
    return app.start


def become_box(
    request: BoxRequest, shell: Shell, channels: list[int], streams: list[int]
) -> Callable[[], None]:
    """Turn this process into a box's shell; returns the main loop.

    `channels` are the socket, a file for locks, and where the texts of the two outputs can
    be read; `streams` are its input and the outputs themselves.
    """
    if request.confined:
        _settle_in_box(request)
    else:
        _settle_outside(request)
    _take_streams(streams)
    _reseed()
    sys.argv = ["ipykernel_launcher"]
    channel, lock, stdout, stderr = channels
    shell.settle(channel, lock=lock, pipes=(stdout, stderr))
    connection = socket.socket(fileno=channel)
    return lambda: shell.serve(connection)


def _take_streams(streams: list[int]) -> None:
    """Have these descriptors for standard input and outputs."""
    for target, fd in enumerate(streams):
        os.dup2(fd, target)
        if fd > target:
            os.close(fd)


def _settle_outside(request: BoxRequest) -> None:
    os.environ.clear()
    os.environ.update(request.environment)
    os.environ.pop("JPY_PARENT_PID", None)
    os.chdir(request.folder)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(len(os.sched_getaffinity(0)))


def _settle_in_box(request: BoxRequest) -> None:
    """Environment and files of a confined process."""
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):  # the parent's log must not be writable from inside
        os.dup2(null, fd)
    os.close(null)
    os.environ.clear()
    os.environ.update(request.environment)
    os.environ.update(
        HOME=mounts.HOME,
        USER="student",
        PATH=f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        TERM="xterm-color",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        PIP_NO_INDEX="1",  # there is no network: it is said at once
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    for name, data in request.files.items():
        Path(name).write_bytes(data)


def _connection_file(request: KernelRequest) -> list[str]:
    """Write what a confined kernel is started with; return its arguments."""
    os.makedirs(_RUNTIME, mode=0o700)
    connection = Path(_RUNTIME, "kernel.json")
    connection.write_text(json.dumps(request.connection))
    return ["-f", str(connection)]


def _reseed() -> None:
    """Undo what all children of one parent would share; `random` reseeds itself."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _connect_figures() -> None:
    """Let matplotlib, imported before this kernel existed, draw into its cells."""
    backend = os.environ.get("MPLBACKEND", "")
    if "matplotlib" not in sys.modules or not backend:
        return
    sys.modules["matplotlib"].rcParams["backend"] = backend
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None and backend.endswith("inline"):
        inline._enable_matplotlib_integration()


def run_plain_box(channel: int, lock: int, profile: ProfileName) -> None:
    """Entry point of a box that no warm parent has forked."""
    for name in PROFILES[profile].imports:
        importlib.import_module(name)
    for target in (1, 2):  # texts of subprocesses go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), target)
    shell = Shell()
    shell.settle(channel, lock=lock, pipes=(-1, -1))
    shell.serve(socket.socket(fileno=channel))
