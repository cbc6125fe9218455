"""Levels are what was applied, never what was hoped for."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from grader.commands.doctor import doctor_lines
from grader.sandbox.levels import Applied, Layer, Report
from grader.sandbox.probe import probe

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

PRCTL = {"x86_64": 157, "aarch64": 167}.get(platform.machine(), 0)
REFUSE = """
from grader.sandbox import seccomp, syscalls
def refuse(call, code, first_argument=None):
    '''From here on this process and its heirs live on a lesser machine.'''
    number = syscalls.number(call)
    body = [(0x06, 0, 0, 0x50000 | code)]
    if first_argument is not None:
        body = [(0x20, 0, 0, 16), (0x15, 0, 1, first_argument), *body]
    program = [(0x20, 0, 0, 0), (0x15, 0, len(body), number), *body,
               (0x06, 0, 0, 0x7FFF0000)]
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.install_filter(seccomp.assemble(program))
"""
START = """
from jupyter_client import KernelManager
manager = KernelManager(kernel_name="course-confined")
try:
    manager.start_kernel()
    print(manager.provisioner.isolation)
    manager.shutdown_kernel(now=True)
except Exception as error:
    print(type(error).__name__, error)
"""


def on_a_lesser_machine(refusal: str, then: str) -> str:
    """Output of `then` in a process where a system call is refused."""
    done = subprocess.run(
        [sys.executable, "-c", REFUSE + refusal + then],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout


def test_level_names_what_is_missing() -> None:
    assert Applied(landlock=7, seccomp=True).level == "full"
    assert Applied(landlock=0, seccomp=True).level == "namespaces"
    assert Applied(landlock=7, seccomp=False).level == "namespaces"


def test_doctor_ends_with_the_verdict_and_shows_why() -> None:
    layers = (Layer("user namespace", False, "Operation not permitted; ask"),)
    lines = list(doctor_lines(Report("Linux 6", "none", layers)))
    assert "MISSING user namespace: Operation not permitted; ask" in lines[1]
    assert lines[-1].startswith("isolation level: none")
    assert "--isolation none" in lines[-1]


def test_other_systems_are_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    report = probe()
    assert report.level == "none"
    assert "Linux is needed" in report.layers[0].detail


@needs_linux
@pytest.mark.kernel
def test_missing_landlock_lowers_the_recorded_level(can_confine: None) -> None:
    assert on_a_lesser_machine("refuse('landlock_create_ruleset', 38)", START) == (
        "namespaces\n"
    )


@needs_linux
@pytest.mark.kernel
def test_missing_filter_lowers_the_recorded_level(can_confine: None) -> None:
    code = "refuse('prctl', 22, first_argument=22)"
    code = f"syscalls.NUMBERS[syscalls.ARCH]['prctl'] = {PRCTL}\n{code}"
    assert on_a_lesser_machine(code, START) == "namespaces\n"


@needs_linux
@pytest.mark.kernel
@pytest.mark.parametrize("call", ["unshare", "mount", "pivot_root", "mount_setattr"])
def test_missing_namespaces_refuse_to_start(call: str, can_confine: None) -> None:
    text = on_a_lesser_machine(f"refuse({call!r}, 1)", START)
    assert text.startswith("IsolationError this machine refuses to confine")
    assert "grader doctor" in text


@needs_linux
def test_doctor_finds_the_missing_layer(can_confine: None) -> None:
    code = "from grader.sandbox.probe import measure; print(measure().level)"
    assert on_a_lesser_machine("refuse('unshare', 1)", "\n" + code) == "none\n"
