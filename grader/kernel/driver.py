"""One submission's kernel, seen from the trusted side.

A `KernelDriver` runs cells and asks for answers. What comes back is untrusted: every
receive has a deadline, every message a size limit, every output is counted in bytes as
it arrives, and nothing in a message is believed before its shape has been checked.
"""

from __future__ import annotations

import base64
import hmac
import mmap
import os
import queue
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import zmq
from jupyter_client.manager import KernelManager

from grader.errors import (
    IsolationError,
    KernelDied,
    KernelFault,
    KernelLost,
    LimitExceeded,
    WireError,
)
from grader.kernel.expressions import STEP, agent_source, answer_call, cell_call, may_await
from grader.kernel.inside import codec
from grader.kernel.outputs import OutputCollector
from grader.limits import MIB, Limits
from grader.model import CellRun, Profile
from grader.sandbox.levels import Level, is_enough

MAX_MESSAGE_BYTES = 2 * codec.MAX_BYTES
"""zmq drops the connection on longer frames: base64 of the largest answer fits."""
MAX_HEADER_BYTES = 64 << 10
"""Header, parent and metadata of a message; theirs have about 1 kB."""
MAX_JSON_CONTAINERS = 100_000
"""Lists and objects in one message; answers are base64 and have a handful."""
MAX_GROWTH_BYTES = 256 * MIB
"""How much this process may grow during one request. zmq limits the size of a message's
parts, not their number, and keeps them all until the last one is in."""
IDLE_S = 1.0
"""How long after a reply the outputs may be silent before their end counts as lost."""
GUARD_S = 0.05
"""How often that is looked at."""
WAITING_MESSAGES = 8
"""Messages zmq may hold for us; more wait in the kernel, within its own limits."""
GRACE_S = 1.0
"""What an interrupted cell gets to come back before its kernel is killed."""
STARTUP_S = 60.0
LIVENESS_S = 0.25
"""How long to wait for news of a death once the output channel broke."""


@dataclass
class _Steps:
    """How far `run_through` has come, as told by the kernel."""

    is_cell: list[bool]
    """Of each step: a cell, or an exercise."""
    timeout_s: float
    until: float
    """On the clock of `time.monotonic`."""
    outputs: list[tuple[dict[str, Any], ...]] = field(default_factory=list)
    """Of the steps done."""


class KernelDriver:
    """A running kernel; use as a context manager. Not shared between threads."""

    def __init__(
        self,
        kernel_name: str,
        limits: Limits,
        *,
        profile: Profile = "numpy",
        isolation: Level = "none",
        files: Mapping[str, bytes] | None = None,
        cwd: str | None = None,
    ) -> None:
        """Start the kernel and wait until it answers.

        Args:
            kernel_name: a kernelspec, e.g. ``course-confined`` or ``python3``.
            isolation: the least confinement that is good enough.
            limits: for this submission.
            profile: which libraries the confined kernels show.
            files: put into the kernel's working folder by the confined kernels.
            cwd: working folder for kernels that are not confined; an empty one of its
                own if not given.
        """
        self._limits = limits
        self._outputs = OutputCollector(limits)
        self._has_agent = False
        self._steps: _Steps | None = None
        self._deadline = 0.0
        self._memory = _Memory()
        self._context = zmq.Context()
        self._manager = KernelManager(kernel_name=kernel_name)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._folder = None if cwd else tempfile.TemporaryDirectory(prefix="grader-")
        cwd = self._folder.name if self._folder else cwd
        options: dict[str, Any] = {"cwd": cwd, **quiet}
        if kernel_name.startswith("course"):
            options |= {
                "course_profile": profile,
                "course_limits": limits,
                "course_files": dict(files or {}),
            }
            if isolation == "none":
                options["course_isolation"] = "none"
        try:
            self._manager.start_kernel(**options)
            self._require(isolation)
            self._connect()
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    @property
    def isolation(self) -> Level:
        """Confinement level of this kernel: ``none`` unless its provisioner has one."""
        level: Level = getattr(self._manager.provisioner, "isolation", "none")
        return level

    def __enter__(self) -> KernelDriver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the kernel and release every socket and file of the connection."""
        try:
            if self._manager.has_kernel:
                self._manager.shutdown_kernel(now=True)
        finally:
            self._manager.cleanup_connection_file()
            self._context.destroy(linger=0)
            self._memory.close()
            if self._folder:
                self._folder.cleanup()

    def run(self, source: str, *, timeout_s: float) -> CellRun:
        """Execute a cell of the student.

        Returns:
            Its outputs. ``ok`` is False after an exception; ``fault`` is set when a limit
            ended the cell but the kernel can go on.

        Raises:
            KernelFault: the kernel is lost; its ``outputs`` are those so far.
        """
        self._outputs.begin_cell()
        try:
            reply, fault = self._request(source, timeout_s, silent=False)
        except KernelFault as error:
            error.outputs = self._outputs.end_cell(str(error))
            raise
        ok = not fault and reply.get("status") == "ok"
        return CellRun(outputs=self._outputs.end_cell(fault), ok=ok, fault=fault)

    def ask(self, request: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Send one exercise's inputs and return the decoded answer.

        Args:
            request: for `grader.kernel.inside.agent.answer`.
            timeout_s: for all its calls together.

        Raises:
            LimitExceeded: no answer in time, but the kernel lives.
            KernelFault: the kernel is lost.
            WireError: the answer is no message of ours; the kernel should be dropped.
        """
        expression = answer_call(request)
        self._outputs.begin_silence()
        if self._has_agent:
            reply = self._evaluate(expression, timeout_s)
        if not self._has_agent or _is_undefined(reply):  # or no more: student code may
            reply = self._evaluate(f"{agent_source()} or {expression}", timeout_s)
            self._has_agent = True
        return _unpack(_value(reply))

    def run_through(
        self, steps: Sequence[str | bytes], *, timeout_s: float, until: float
    ) -> list[CellRun | dict[str, Any]] | None:
        """Run cells and ask for exercises in a single request, at a third of the cost.

        Args:
            steps: the source of a cell, or the request for an exercise.
            timeout_s: for each step.
            until: time on the clock of `time.monotonic` when all must be over.

        Returns:
            A run for each cell and an answer for each exercise; None if anything was out
            of the ordinary, from a limit to an answer that cannot be read. Then nothing
            can be said about any step, and this kernel should be dropped: a fresh one
            runs them one by one.
        """
        calls = {
            str(number): cell_call(step, number)
            if isinstance(step, str)
            else answer_call(step, number)
            for number, step in enumerate(steps)
        }
        if not calls or any(map(may_await, steps)):
            return None
        calls["0"] = f"{agent_source()} or {calls['0']}"
        is_cell = [isinstance(step, str) for step in steps]
        self._steps = done = _Steps(is_cell, timeout_s, until)
        self._begin_step()
        content = _execute_request("", calls, silent=True)
        try:
            first_s = min(timeout_s, until - time.monotonic())
            reply = self._send_and_collect("execute_request", content, first_s)
            if len(done.outputs) != len(steps):
                return None
            given = [reply["user_expressions"][name] for name in calls]
            return [
                CellRun(outputs=outputs, ok=_is_true(value)) if cell else _unpack(value)
                for cell, outputs, value in zip(is_cell, done.outputs, given, strict=True)
            ]
        except (queue.Empty, _OutOfStepError, _OutputFloodError, KernelFault, WireError):
            return None
        except (KeyError, TypeError):  # the reply is none of ours
            return None
        finally:
            self._steps = None

    def _begin_step(self) -> None:
        """Expect the outputs of the next cell, or none if an exercise is next."""
        assert self._steps is not None
        number = len(self._steps.outputs)
        if number < len(self._steps.is_cell) and self._steps.is_cell[number]:
            self._outputs.begin_cell()
        else:
            self._outputs.begin_silence()

    def _next_step(self, number: Any) -> None:
        """The kernel says that a step is over; what it says must at least make sense."""
        steps = self._steps
        assert steps is not None
        if number != len(steps.outputs) or number >= len(steps.is_cell):
            raise _OutOfStepError
        steps.outputs.append(self._outputs.end_cell())
        self._begin_step()
        self._deadline = min(time.monotonic() + steps.timeout_s, steps.until)

    def _evaluate(self, expression: str, timeout_s: float) -> dict[str, Any]:
        """Return the reply to a silent request for the value of an expression."""
        reply, fault = self._request("", timeout_s, silent=True, expression=expression)
        if fault:
            raise LimitExceeded(fault)
        return reply

    def _require(self, wanted: Level) -> None:
        """Never go on with less confinement than asked for."""
        if not is_enough(self.isolation, wanted):
            raise IsolationError(
                f"this machine confines student code at level '{self.isolation}', "
                f"'{wanted}' was asked for: `grader doctor` says what is missing, "
                f"--isolation {self.isolation} accepts it"
            )

    def _connect(self) -> None:
        info: dict[str, Any] = dict(self._manager.get_connection_info())
        session = self._manager.session
        self._session = session

        def connect(kind: int, port: str) -> zmq.Socket[bytes]:
            socket: zmq.Socket[bytes] = self._context.socket(kind)
            socket.linger = 0
            socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
            socket.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
            separator = "-" if info["transport"] == "ipc" else ":"
            socket.connect(f"{info['transport']}://{info['ip']}{separator}{info[port]}")
            return socket

        self._shell = connect(zmq.DEALER, "shell_port")
        self._shell.identity = session.bsession
        self._iopub = connect(zmq.SUB, "iopub_port")
        self._iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self._monitor = self._iopub.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        for watched in (self._shell, self._iopub, self._monitor):
            self._poller.register(watched, zmq.POLLIN)

    def _wait_until_ready(self) -> None:
        """Repeat kernel_info until both its reply and its idle status have arrived."""
        deadline = time.monotonic() + STARTUP_S
        while time.monotonic() < deadline:
            try:
                self._send_and_collect("kernel_info_request", {}, 1.0)
                return
            except queue.Empty:
                self._raise_if_dead()
        raise KernelDied(f"the kernel did not get ready within {STARTUP_S:g} s")

    def _request(
        self, code: str, timeout_s: float, *, silent: bool, expression: str = ""
    ) -> tuple[dict[str, Any], str]:
        """Execute code; return the reply's content and the limit hit, if any."""
        expressions = {"answer": expression} if expression else {}
        content = _execute_request(code, expressions, silent=silent)
        try:
            return self._send_and_collect("execute_request", content, timeout_s), ""
        except queue.Empty:
            limit = f"stopped at its time limit of {timeout_s:.3g} s"
        except _OutputFloodError:
            limit = "stopped because it printed far more than can be kept"
        if self._interrupt():
            return {}, limit
        raise KernelLost(f"{limit}; it could not be interrupted")

    def _send_and_collect(
        self, kind: str, content: dict[str, Any], timeout_s: float
    ) -> dict[str, Any]:
        """Send a request; return its reply's content once its idle status is in too.

        Raises `queue.Empty` at the deadline and `KernelDied` when the kernel is gone.
        """
        message = self._session.msg(kind, content)
        self._session.send(self._shell, message)
        self._waiting = (message["header"]["msg_id"], kind.replace("request", "reply"))
        self._deadline = time.monotonic() + timeout_s
        return self._collect()

    def _collect(self) -> dict[str, Any]:
        message_id, reply_kind = self._waiting
        reply: dict[str, Any] | None = None
        idle = False
        size_before = self._memory.resident_bytes()
        news = time.monotonic()
        while reply is None or not idle:
            if self._memory.resident_bytes() - size_before > MAX_GROWTH_BYTES:
                raise KernelLost("stopped because it sent far too much at once")
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise queue.Empty
            ready = dict(self._poller.poll(int(1000 * min(left, GUARD_S)) + 1))
            if not ready:
                self._raise_if_dead()
                if reply is not None and time.monotonic() > news + IDLE_S:
                    self._outputs.drop(0)  # lost on the way: too many at once
                    return reply
            news = time.monotonic() if ready else news
            if self._monitor in ready:
                self._raise_lost()
            for socket in ready:
                parsed = self._receive(socket, message_id)
                if parsed is None:
                    continue
                if socket is self._iopub:
                    idle |= self._take_output(*parsed)
                elif parsed[0] == reply_kind:
                    reply = parsed[1]
        return reply

    def _receive(
        self, socket: zmq.Socket[bytes], parent: str
    ) -> tuple[str, dict[str, Any], int] | None:
        """Return kind, content and size of the next message if it answers ``parent``."""
        frames = socket.recv_multipart()
        size = sum(map(len, frames))
        try:
            _, parts = self._session.feed_identities(frames)
            # not by `deserialize`, which reads a dozen dates nobody asks for
            signature, *signed = parts[:5]
            if sum(map(len, parts[:4])) > MAX_HEADER_BYTES:
                return None
            if not hmac.compare_digest(signature, self._session.sign(signed)):
                return None
            header, answered, _, content = signed
            unpack = self._session.unpack
            if unpack(answered)["msg_id"] != parent:
                return None
            if _is_bomb(content, self._outputs.most_bytes, socket is self._iopub):
                self._outputs.drop(size)
                return None
            kind, value = unpack(header)["msg_type"], unpack(content)
            if not isinstance(kind, str) or not isinstance(value, dict):
                return None
        except Exception:  # forged, truncated or absurdly nested: as if never sent
            return None
        return kind, value, size

    def _take_output(self, kind: str, content: dict[str, Any], size: int) -> bool:
        """Keep an output; return whether it was the idle status."""
        if kind == "status":
            return content.get("execution_state") == "idle"
        if kind == "display_data" and self._steps and _is_step(content):
            self._next_step(content["data"][STEP])
            return False
        self._outputs.add(kind, content, size)
        if self._outputs.flooded:
            raise _OutputFloodError
        return False

    def _interrupt(self) -> bool:
        """Interrupt the running request; return whether the kernel answers again."""
        self._outputs.begin_silence(keep=True)
        try:
            self._manager.interrupt_kernel()
            self._send_and_collect("kernel_info_request", {}, GRACE_S)
        except (queue.Empty, KernelFault, _OutputFloodError):
            return False
        return True

    def _raise_lost(self) -> NoReturn:
        """The output channel broke: the kernel died, or zmq refused a message."""
        deadline = time.monotonic() + LIVENESS_S
        while time.monotonic() < deadline:
            self._raise_if_dead()
            time.sleep(0.005)
        raise KernelLost(
            f"stopped because it sent more than {MAX_MESSAGE_BYTES / MIB:.0f} MiB at once"
        )

    def _raise_if_dead(self) -> None:
        if not self._manager.is_alive():
            reason = getattr(self._manager.provisioner, "death_reason", None)
            raise KernelDied(
                "ended by the death of its kernel" + (f" ({reason})" if reason else "")
            )


def _execute_request(
    code: str, expressions: Mapping[str, str], *, silent: bool
) -> dict[str, Any]:
    return {
        "code": code,
        "silent": silent,
        "store_history": not silent,
        "user_expressions": dict(expressions),
        "allow_stdin": False,
        "stop_on_error": False,
    }


class _Memory:
    """What this process holds; 0 where the system does not say."""

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._file = None

    def resident_bytes(self) -> int:
        """Return it as of now."""
        if self._file is None:
            return 0
        return int(os.pread(self._file, 200, 0).split()[1]) * mmap.PAGESIZE

    def close(self) -> None:
        """Release the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _OutOfStepError(Exception):
    """The kernel's report of its steps has gaps, repetitions or inventions."""


class _OutputFloodError(Exception):
    """Far more output than can be kept: the cell is stopped."""


def _is_bomb(content: bytes, most: int, is_output: bool) -> bool:
    """Whether JSON is not worth parsing: more than is kept, or all brackets.

    Python holds a list of two brackets in a hundred times their size.
    """
    if is_output and len(content) > most:
        return True
    return content.count(b"[") + content.count(b"{") > MAX_JSON_CONTAINERS


def _is_step(content: dict[str, Any]) -> bool:
    data = content.get("data")
    return isinstance(data, dict) and STEP in data


def _is_true(value: Any) -> bool:
    """Whether the value of an expression, as sent by a kernel, is True."""
    return bool(value["data"]["text/plain"] == "True")


def _is_undefined(reply: dict[str, Any]) -> bool:
    """Whether the agent has yet to be defined in the kernel."""
    try:
        return bool(reply["user_expressions"]["answer"]["ename"] == "NameError")
    except (KeyError, TypeError):
        return False


def _value(reply: dict[str, Any]) -> Any:
    """Return the value of the only expression in an execute_reply; anything if forged."""
    try:
        return reply["user_expressions"]["answer"]
    except (KeyError, TypeError):
        return None


def _unpack(answer: Any) -> dict[str, Any]:
    """Return the decoded answer in an expression's value, checked down to its outcomes."""
    try:
        if answer["status"] != "ok":
            kind = str(answer.get("ename"))[:80].encode("utf-8", "replace").decode()
            raise WireError(f"the answer could not be sent: {kind}")
        text = answer["data"]["text/plain"]
        value = codec.decode(base64.b64decode(text.strip("'\""), validate=True))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WireError(f"unreadable answer: {type(error).__name__}") from error
    if not isinstance(value, dict) or not isinstance(value.get("outcomes"), list):
        raise WireError("the answer is no list of outcomes")
    return value
