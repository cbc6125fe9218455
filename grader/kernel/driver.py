"""One submission's box, seen from the trusted side.

A `BoxDriver` runs cells and asks for answers, one step after the other. What comes back is
untrusted: every frame has a size limit, every step a limit of processor time and one of
time on the clock, every output is counted as it arrives, and a step is over only when its
own token says so.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import (
    IsolationError,
    KernelDied,
    KernelFault,
    KernelLost,
    LimitExceeded,
    WireError,
)
from grader.kernel.box_process import BoxProcess, ParentEndedError, PlainProcess, readable
from grader.kernel.inside import codec, frames
from grader.kernel.outputs import OutputCollector
from grader.limits import WALL_FACTOR, Limits
from grader.model import CellRun, Profile
from grader.sandbox.levels import Level, is_enough

STARTS = 3
"""How often a box is begun whose warm parent ends before it has been forked."""
READY_S = 60.0
GRACE_S = 1.0
"""Processor seconds that an interrupted step gets to come back before its box is ended."""
LOOK_S = 0.05
"""How often time and pipes are looked at."""
NEWS_S = 1.0
"""How long to wait for why a box has ended once it says nothing more."""
_CHUNK_BYTES = 1 << 18
_PIPE_BYTES = 1 << 16
_PIPE_READS = 64
"""Of one look: a program that prints for ever must not keep us from looking elsewhere."""
PROCESSORS = os.cpu_count() or 1


@dataclass(frozen=True)
class Allowance:
    """What one step may take."""

    processor_s: float
    wall_s: float = float("inf")
    """On the clock; in any case `WALL_FACTOR` times the processor's."""


class BoxDriver:
    """A running box; use as a context manager. Not shared between threads."""

    def __init__(
        self,
        limits: Limits,
        *,
        profile: Profile = "numpy",
        isolation: Level = "none",
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Start the box and wait until its shell is ready.

        Args:
            limits: for this submission.
            profile: which libraries the box shows.
            isolation: the least confinement that is good enough.
            files: put into the box's working folder, by plain name.

        Raises:
            IsolationError: this machine does not confine as much as is asked for.
        """
        self._outputs = OutputCollector(limits)
        self._reader = frames.FrameReader()
        self._lost = ""
        self._process = _start(profile, limits, files or {}, confined=isolation != "none")
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = [decoder("replace") for _ in self._process.pipes]
        try:
            self._require(isolation)
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    @property
    def isolation(self) -> Level:
        """The confinement in force."""
        return self._process.isolation

    @property
    def used_s(self) -> float:
        """Processor seconds of everything in the box so far."""
        return self._process.used_s()

    def __enter__(self) -> BoxDriver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the box and release every socket and file."""
        self._process.close()

    def run(self, source: str, allowance: Allowance) -> CellRun:
        """Execute a cell.

        Returns:
            Its outputs. ``ok`` is False after an exception; ``fault`` is set when a limit
            ended the cell but the box can go on.

        Raises:
            KernelFault: the box is lost; its ``outputs`` are those so far.
        """
        self._outputs.begin_cell()
        body = source.encode("utf-8", "replace")
        try:
            end, fault = self._step(frames.RUN, body, allowance)
        except KernelFault as error:
            error.outputs = self._outputs.end_cell(str(error))
            raise
        return CellRun(
            outputs=self._outputs.end_cell(fault),
            ok=not fault and end == (frames.DONE, b"\1"),
            fault=fault,
        )

    def ask(self, request: bytes, allowance: Allowance) -> dict[str, Any]:
        """Send one exercise's inputs and return the decoded answer.

        Args:
            request: for `grader.kernel.inside.agent.answer`.
            allowance: for all its calls together.

        Raises:
            LimitExceeded: no answer in time, but the box can go on.
            KernelFault: the box is lost.
            WireError: the answer is no message of ours; the box should be dropped.
        """
        self._outputs.begin_silence()
        (kind, body), fault = self._step(frames.ASK, request, allowance)
        if fault:
            raise LimitExceeded(fault)
        if kind == frames.UNSENT:
            name = body[:80].decode("utf-8", "replace")
            raise WireError(f"the answer could not be sent: {name}")
        if kind != frames.ANSWER:
            raise WireError("no answer came, only the end of the calls")
        return _unpack(body)

    def _require(self, wanted: Level) -> None:
        """Never go on with less confinement than asked for."""
        if not is_enough(self.isolation, wanted):
            raise IsolationError(
                f"this machine confines student code at level '{self.isolation}', "
                f"'{wanted}' was asked for: `grader doctor` says what is missing, "
                f"--isolation {self.isolation} accepts it"
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            for kind, _ in self._received(LOOK_S):
                if kind == frames.READY:
                    return
        raise KernelDied(f"the box did not get ready within {READY_S:g} s")

    # -- one step ----------------------------------------------------------------

    def _step(
        self, kind: bytes, body: bytes, allowance: Allowance
    ) -> tuple[tuple[bytes, bytes], str]:
        """Send a step; return how it ended and the limit hit, if any."""
        if self._lost:
            raise KernelLost(self._lost)
        token = secrets.token_bytes(frames.TOKEN_BYTES)
        waiting = memoryview(frames.frame(kind, token + body))
        limit = ""
        watch = _Watch(self._process, allowance)
        while True:
            waiting = self._send(waiting)
            for kind_, content in self._received(LOOK_S if not waiting else 0.001):
                if content[: frames.TOKEN_BYTES] == token and kind_ in frames.ENDS:
                    self._read_pipes()
                    return (kind_, content[frames.TOKEN_BYTES :]), limit
                self._show(kind_, content)
            reason = watch.hit() or self._flood()
            if reason and limit:
                self._lose(f"{limit}; it could not be interrupted")
            if reason:
                limit = reason
                self._outputs.begin_silence(keep=True)
                self._process.signal(signal.SIGINT)
                watch = _Watch(self._process, Allowance(GRACE_S))

    def _flood(self) -> str:
        if not self._outputs.flooded:
            return ""
        return "stopped because it printed far more than can be kept"

    def _send(self, waiting: memoryview) -> memoryview:
        """Send as much as the box takes now; return the rest."""
        while waiting:
            try:
                waiting = waiting[self._process.channel.send(waiting) :]
            except BlockingIOError:
                return waiting
            except OSError:
                self._raise_ended()
        return waiting

    def _received(self, timeout_s: float) -> list[tuple[bytes, bytes]]:
        """Return the frames that are there, waiting a while for the first."""
        process = self._process
        channel, news = process.channel.fileno(), process.fileno()
        watched = {channel} if process.ended else {channel, news} - {-1}
        ready = readable(watched, timeout_s)
        if not ready:
            self._read_pipes()
            return []
        if channel not in ready:
            process.wait_for_news(0)
            if process.ended:
                self._raise_ended()
            return []
        try:
            data = process.channel.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._raise_ended()
        try:
            return list(self._reader.feed(data))
        except codec.MalformedError as error:
            self._lose(f"stopped because its box sent something unreadable ({error})")
        return []

    def _show(self, kind: bytes, body: bytes) -> None:
        """Keep an output; whatever makes no sense ends the box."""
        if kind in frames.ENDS or kind == frames.READY:  # forged: nobody waits for it
            self._lose("stopped because its box said that a step was over that was not")
        try:
            first, second = codec.decode(body)
            if kind == frames.OUTPUT and type(first) is str and type(second) is dict:
                self._outputs.add(first, second, len(body))
            elif kind == frames.TOO_LARGE and type(first) is list and type(second) is int:
                self._outputs.drop(map(str, first), max(0, second))
            else:
                raise codec.MalformedError("no output")
        except (codec.MalformedError, TypeError, ValueError) as error:
            self._lose(f"stopped because its box sent something unreadable ({error})")

    def _read_pipes(self) -> None:
        """Take what subprocesses have printed that the box itself has not passed on."""
        pipes = zip(("stdout", "stderr"), self._process.pipes, self._decoders, strict=False)
        for name, fd, decoder in pipes:
            for _ in range(_PIPE_READS):
                try:
                    data = os.read(fd, _PIPE_BYTES)
                except OSError:  # nothing there
                    break
                if not data:
                    break
                text = decoder.decode(data)
                self._outputs.add("stream", {"name": name, "text": text}, len(data))

    # -- its end -----------------------------------------------------------------

    def _lose(self, reason: str) -> None:
        """Give the box up: nothing it says from now on can be believed."""
        self._lost = reason
        raise KernelLost(reason)

    def _raise_ended(self) -> None:
        deadline = time.monotonic() + NEWS_S
        while not self._process.ended and time.monotonic() < deadline:
            self._process.wait_for_news(deadline - time.monotonic())
        self._read_pipes()
        reason = self._process.reason
        raise KernelDied(
            "ended by the death of its kernel" + (f" ({reason})" if reason else "")
        )


class _Watch:
    """Whether a step has used up what it may take."""

    def __init__(self, process: BoxProcess | PlainProcess, allowance: Allowance) -> None:
        self._process = process
        self._processor_s = allowance.processor_s
        self._wall_s = min(allowance.wall_s, WALL_FACTOR * allowance.processor_s)
        self._started = time.monotonic()
        self._before_s: float | None = None

    def hit(self) -> str:
        """Return the limit that was passed, or nothing; called at least every `LOOK_S`."""
        took_s = time.monotonic() - self._started
        if took_s < LOOK_S:
            return ""  # most steps are over by then, and a look costs more than they do
        if self._before_s is None:
            self._before_s = self._process.used_s()
        if took_s >= self._wall_s:
            return f"stopped at its time limit of {self._wall_s:.3g} s on the clock"
        if took_s * PROCESSORS < self._processor_s:
            return ""  # it cannot have used that much
        if self._process.used_s() - self._before_s >= self._processor_s:
            return f"stopped at its time limit of {self._processor_s:.3g} s"
        return ""


def _start(
    profile: Profile, limits: Limits, files: Mapping[str, bytes], *, confined: bool
) -> BoxProcess | PlainProcess:
    if sys.platform == "linux":
        for _ in range(STARTS - 1):
            with contextlib.suppress(ParentEndedError):
                return BoxProcess(profile, limits, files, confined=confined)
        return BoxProcess(profile, limits, files, confined=confined)
    if confined:
        raise IsolationError(
            f"{sys.platform} cannot confine student code, Linux is needed;"
            " `grader doctor` says more, --isolation none goes without"
        )
    return PlainProcess(profile, limits, files)


def _unpack(body: bytes) -> dict[str, Any]:
    """Return an answer, checked down to its outcomes."""
    try:
        value = codec.decode(body)
    except codec.MalformedError as error:
        raise WireError(f"unreadable answer: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("outcomes"), list):
        raise WireError("the answer is no list of outcomes")
    return value
