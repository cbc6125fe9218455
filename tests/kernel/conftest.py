"""Real kernels for the tests of this folder."""

from __future__ import annotations

import contextlib
import queue
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client import KernelManager

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Outcome:
    """What one cell gave back."""

    text: str = ""
    error: str = ""
    images: int = 0


@dataclass
class Student:
    """A running kernel and a client that works in it like a student."""

    manager: KernelManager
    client: Any
    pending: list[str] = field(default_factory=list)

    @property
    def provisioner(self) -> Any:
        return self.manager.provisioner

    def send(self, code: str) -> None:
        """Start a cell without waiting for it."""
        self.pending.append(self.client.execute(code, allow_stdin=False))

    def collect(self, timeout_s: float = 30) -> Outcome:
        """Outputs of the cell sent last, until it ends or the kernel dies."""
        outcome, mine = Outcome(), self.pending.pop()
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                if self.manager.is_alive():
                    continue
                break
            if message["parent_header"].get("msg_id") != mine:
                continue
            if _note(message, outcome):
                break
        return outcome

    def run(self, code: str, timeout_s: float = 30) -> Outcome:
        """One cell."""
        self.send(code)
        return self.collect(timeout_s)

    def wait_for_death(self, timeout_s: float = 20) -> str | None:
        """Its reason."""
        deadline = time.monotonic() + timeout_s
        while self.manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not self.manager.is_alive()
        return self.provisioner.death_reason


def _note(message: dict[str, Any], outcome: Outcome) -> bool:
    """Add a message to the outcome; True at the end of its cell."""
    content = message["content"]
    if message["msg_type"] == "stream":
        outcome.text += content["text"]
    elif message["msg_type"] == "error":
        outcome.error = _COLOUR.sub("", f"{content['ename']}: {content['evalue']}")
    elif message["msg_type"] in ("display_data", "execute_result"):
        outcome.text += content["data"].get("text/plain", "")
        outcome.images += "image/png" in content["data"]
    return message["msg_type"] == "status" and content["execution_state"] == "idle"


@contextlib.contextmanager
def running(name: str, **options: Any) -> Iterator[Student]:
    """A kernel by name; gone when the block ends."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Student(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)


@pytest.fixture
def start() -> Iterator[Callable[..., Student]]:
    """A function that starts kernels; all are gone after the test."""
    if sys.platform != "linux":
        pytest.skip("warm kernels need Linux")
    with contextlib.ExitStack() as stack:
        yield lambda name, **options: stack.enter_context(running(name, **options))


@pytest.fixture(scope="module")
def boxed(can_confine: None) -> Iterator[Student]:
    """One confined kernel for all harmless attempts of a module."""
    with running("course-confined") as student:
        yield student


@pytest.fixture(scope="module")
def free() -> Iterator[Student]:
    """One unconfined kernel: what succeeds here must fail in a box."""
    with running("course") as student:
        yield student
