"""The shell of a box: IPython as JupyterLab runs it, on one socket instead of a kernel's.

`Shell` is made once, in a warm parent with a single thread, and is then forked: every box
has its own. Everything that students see of a kernel is ipykernel's: the shell, its magics,
how it displays, `await`. Only what a kernel would send by zmq goes into frames here, and
what subprocesses and C code print into the descriptors 1 and 2 comes through pipes.

In the box all of this may be replaced or read by the student; nothing here knows a
reference, an expected value or a verdict.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import io
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
import warnings
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from ipykernel import debugger, ipkernel, zmqshell
from ipykernel.compiler import XCachingCompiler, get_tmp_directory
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config

from grader.kernel.inside import agent, codec, frames

INLINE = "module://matplotlib_inline.backend_inline"
NO_INPUT = (
    "input() waits for somebody at the keyboard; the grader cannot answer: "
    "write the value into the code"
)
PASSED_OVER = (
    "[grader] a breakpoint was passed over: nobody debugs while a notebook is graded"
)
REHEARSED = ("def f(x):\n    return x", "1 + 1", "f'{1:.2f}'", "1 / 0", "await g()")
_SHOWN = ("display_data", "update_display_data", "execute_result", "error", "clear_output")
_PROMPT_SENDS = 64
"""Lines of a step that are sent as they are printed; more wait for each other."""
_WAITING_CHARACTERS = 32 << 10
_WAITING_S = 0.2
_PIPE_BYTES = 1 << 16


class _Channel:
    """Puts frames on the socket, whole, whichever thread or forked process sends them."""

    def __init__(self, fd: int, lock: int) -> None:
        """``lock`` is the descriptor of any file that forked processes share."""
        self._fd = fd
        self._threads = threading.RLock()
        self._processes = lock
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self._threads = threading.RLock()  # another thread may have held it

    def send(self, kind: bytes, body: bytes) -> None:
        """Send a frame; an interrupt waits until it is out."""
        waiting = memoryview(frames.frame(kind, body))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with self._threads, self._one_process():
                while waiting:
                    waiting = waiting[os.write(self._fd, waiting) :]
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @contextlib.contextmanager
    def _one_process(self) -> Iterator[None]:
        fcntl.lockf(self._processes, fcntl.LOCK_EX)  # ends with the process that holds it
        try:
            yield
        finally:
            fcntl.lockf(self._processes, fcntl.LOCK_UN)

    def show(self, kind: str, content: Any) -> None:
        """Send an output of the running cell."""
        try:
            self.send(frames.OUTPUT, codec.encode((kind, content)))
        except codec.MalformedError:
            data = content.get("data", {})
            size = sum(map(len, map(str, data.values()))) or len(str(content))
            body = codec.encode((list(map(str, data)), size))
            self.send(frames.TOO_LARGE, body)


class _Session(Session):
    """Takes what a kernel would send to its clients, and sends what a page can show."""

    channel: _Channel

    def send(
        self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any
    ) -> Any:
        """As in the base class; a message or its kind and content."""
        message = msg_or_type
        if isinstance(message, str):
            message = {"msg_type": message, "content": content}
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            self.channel.show(kind, _texts(content))
        elif kind in _SHOWN:
            shown = _texts(content)
            if kind == "error":
                shown["traceback"] = [str(line) for line in content.get("traceback") or ()]
            elif kind == "clear_output":
                shown["wait"] = bool(content.get("wait"))
            else:
                shown["data"] = _texts(content.get("data") or {})
                shown["execution_count"] = content.get("execution_count")
                transient = content.get("transient") or {}
                shown["display_id"] = str(transient.get("display_id") or "")
            self.channel.show(kind, shown)
        return message


def _texts(content: dict[Any, Any]) -> dict[str, Any]:
    return {key: text for key, text in content.items() if isinstance(text, str)}


class _Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a box."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, fd: int, channel: _Channel, pipe: int) -> None:
        """``fd`` is that of its name, ``pipe`` where what is written there can be read."""
        self.name = name
        self._fd = fd
        self._channel = channel
        self._pipe = pipe
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self.begin()
        os.register_at_fork(after_in_child=self._forked)

    def begin(self) -> None:
        """Start a new step."""
        self._waiting: list[str] = []
        self._size = self._sent = 0
        self._since = 0.0

    def _forked(self) -> None:
        self._lock = threading.RLock()
        self._waiting, self._size = [], 0  # the parent's, and sent by it

    def writable(self) -> bool:
        """As of any output."""
        return True

    def isatty(self) -> bool:
        """Never a terminal."""
        return False

    def fileno(self) -> int:
        """The descriptor whose text appears here as well."""
        return self._fd

    def write(self, text: str) -> int:
        """Write text; a line is sent at once, unless there are very many."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._owner:
            os.write(self._fd, text.encode("utf-8", "replace"))
            return len(text)
        with self._lock:
            self._take_from_pipe()
            self._waiting.append(text)
            self._size += len(text)
            if self._is_due(text):
                self._send()
        return len(text)

    def _is_due(self, text: str) -> bool:
        if text.endswith("\n") and self._sent < _PROMPT_SENDS:
            return True
        late = time.monotonic() - self._since > _WAITING_S
        return self._size > _WAITING_CHARACTERS or (late and self._sent >= _PROMPT_SENDS)

    def _take_from_pipe(self) -> None:
        """Put what subprocesses have printed where it belongs: before what comes now."""
        if self._pipe < 0:
            return
        while True:
            try:
                data = os.read(self._pipe, _PIPE_BYTES)
            except OSError:  # nothing there
                return
            if not data:
                return
            text = self._decoder.decode(data)
            self._waiting.append(text)
            self._size += len(text)

    def _send(self) -> None:
        text, self._waiting, self._size = "".join(self._waiting), [], 0
        self._sent += 1
        self._since = time.monotonic()
        if text:
            self._channel.show("stream", {"name": self.name, "text": text})

    def flush(self) -> None:
        """Send what waits."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._take_from_pipe()
            if self._waiting:
                self._send()


class _Compiler(XCachingCompiler):
    """Names cells as ipykernel does, by a quicker hash than its own."""

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        """Return a name that tracebacks know as a cell's."""
        digest = zlib.crc32(raw_code.encode("utf-8", "replace"))
        return f"{get_tmp_directory()}{os.sep}{digest}.py"


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """As of every notebook, its name too: libraries ask for it."""

    _transformed: tuple[tuple[int, str], str] = ((0, ""), "")

    def transform_cell(self, raw_cell: str) -> str:
        """As in the base class; the kernel asks twice for every cell."""
        key = self.execution_count, raw_cell
        if self._transformed[0] != key:
            self._transformed = key, super().transform_cell(raw_cell)
        return self._transformed[1]

    def ask_exit(self) -> None:
        """Go on: the cells below are to run."""

    def enable_gui(self, gui: Any = None) -> None:
        """Accept what draws into the page; there is no screen."""
        if gui not in (None, "inline", "nbagg", "ipympl", "widget"):
            raise UsageError(f"{gui!r} needs a screen, and there is none here")


class _Kernel(ipkernel.IPythonKernel):
    """Everything of ipykernel's kernel but its sockets, threads and main loop."""

    shell_class = ZMQInteractiveShell
    compiler_class = _Compiler

    def raw_input(self, prompt: object = "") -> str:
        """Refuse, in words."""
        raise StdinNotImplementedError(NO_INPUT)

    def getpass(self, prompt: object = "", stream: object = None, **_: object) -> str:
        """Refuse, in words."""
        raise StdinNotImplementedError(NO_INPUT)


class Shell:
    """An initialised IPython, to be forked; afterwards `serve` speaks for the box."""

    def __init__(self) -> None:
        """Set everything up that a new kernel would, once for all boxes.

        The process must have one thread, and keep it until it forks.
        """
        os.environ.setdefault("MPLBACKEND", INLINE)
        config = Config()
        config.HistoryManager.enabled = False  # in memory only, and without a thread
        debugger._is_debugpy_available = False  # nobody debugs here
        self._session = _Session(key=b"")
        with tempfile.TemporaryDirectory() as folder:
            self._kernel: Any = _Kernel(
                config=config,
                log=logging.getLogger("ipykernel"),
                session=self._session,
                profile_dir=ProfileDir.create_profile_dir_by_name(folder, "default"),
            )
        self._kernel.shell_channel_thread = SimpleNamespace(
            parent_thread=threading.current_thread()
        )
        self._shell = cast(Any, self._kernel.shell)
        self._shell.extension_manager.load_extension("storemagic")
        _replace_debuggers()
        _draw_inline()
        self._rehearse()

    def _rehearse(self) -> None:
        """Run a few cells before the fork, so that no box pays for what is made once."""
        self._session.channel = cast(Any, SimpleNamespace(show=lambda *_: None))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        for source in REHEARSED:
            loop.run_until_complete(self._run(source))
        asyncio.set_event_loop(None)
        loop.close()
        self._shell.reset(new_session=True)
        self._shell.user_ns.update(_="", __="", ___="")
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)

    def settle(self, channel: int, *, lock: int, pipes: tuple[int, int]) -> None:
        """In the box: connect this shell to its socket and to what the pipes bring."""
        self._channel = self._session.channel = _Channel(channel, lock)
        for pipe in pipes:
            if pipe >= 0:
                os.set_blocking(pipe, False)
        sys.stdout = self._kernel._stdout = _Stream("stdout", 1, self._channel, pipes[0])
        sys.stderr = self._kernel._stderr = _Stream("stderr", 2, self._channel, pipes[1])
        self._streams = sys.stdout, sys.stderr
        _import_from_working_folder()
        # a box has one processor, whatever the student's machine has
        warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
        self._shell.init_environment()
        folder = os.path.expanduser("~/.ipython")
        self._shell.ipython_dir = folder
        self._shell.profile_dir = ProfileDir.create_profile_dir_by_name(folder, "default")

    def serve(self, channel: socket.socket) -> None:
        """Carry out what the other end asks for, until it lets go."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        _wake_for_signals(loop)
        served = loop.create_task(self._serve(channel))
        while not served.done():
            # what a student's task lets out ends the loop, but not the box
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                loop.run_until_complete(served)

    async def _serve(self, channel: socket.socket) -> None:
        self._kernel.io_loop = IOLoop.current()
        readable = asyncio.Event()
        asyncio.get_running_loop().add_reader(channel, readable.set)
        self._channel.send(frames.READY, b"")
        received = bytearray()
        while True:
            while (step := frames.parts(received)) is None:
                await readable.wait()
                readable.clear()
                with contextlib.suppress(BlockingIOError):
                    data = channel.recv(_PIPE_BYTES, socket.MSG_DONTWAIT)
                    if not data:
                        return
                    received += data
            await self._carry_out(*step)

    async def _carry_out(self, kind: bytes, token: bytes, body: bytes) -> None:
        for stream in self._streams:
            stream.begin()
        said, end = b"", frames.DONE
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            if kind == frames.RUN:
                said = bytes([await self._run(body.decode("utf-8", "replace"))])
            else:
                end, said = self._answer(body)
        except (KeyboardInterrupt, asyncio.CancelledError):
            said, end = b"\0", frames.DONE
        except BaseException:  # of what is around a cell, which students may touch
            traceback.print_exc()
            said, end = b"\0", frames.DONE
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        for stream in self._streams:
            stream.flush()
        self._channel.send(end, token + said)

    async def _run(self, source: str) -> bool:
        reply = await self._kernel.do_execute(source, silent=False, allow_stdin=False)
        return bool(reply["status"] == "ok")

    def _answer(self, request: bytes) -> tuple[bytes, bytes]:
        self._kernel._forward_input()
        try:
            return frames.ANSWER, agent.answer(self._shell.user_ns, request)
        except codec.MalformedError as error:
            return frames.UNSENT, type(error).__name__.encode()
        finally:
            self._kernel._restore_input()


def _import_from_working_folder() -> None:
    """Let modules beside a notebook be imported, after those of Python, as IPython does."""
    folders = [os.path.basename(path) for path in sys.path]
    libraries = [
        folders.index(n) for n in ("site-packages", "dist-packages") if n in folders
    ]
    sys.path.insert(min(libraries, default=0), "")


def _wake_for_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Let an interrupt reach a coroutine that waits."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    loop.add_reader(reader, lambda: reader.recv(_PIPE_BYTES))
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)


def _replace_debuggers() -> None:
    """A breakpoint that was left behind says so, and the code goes on."""
    import pdb

    from IPython.core import debugger as ipython_debugger

    def passed_over(*_: object, **__: object) -> None:
        print(PASSED_OVER, file=sys.stderr)

    sys.breakpointhook = pdb.set_trace = ipython_debugger.set_trace = passed_over
    pdb.Pdb.set_trace = passed_over  # type: ignore[method-assign]


def _draw_inline() -> None:
    """Let matplotlib, imported before this shell existed, draw into its cells."""
    matplotlib = sys.modules.get("matplotlib")
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if matplotlib is None or inline is None or os.environ["MPLBACKEND"] != INLINE:
        return
    matplotlib.rcParams["backend"] = INLINE
    inline._enable_matplotlib_integration()
