"""What this machine can confine, found by trying it in throw-away processes.

`probe` is for `grader doctor` and for error texts. Launching a kernel does not depend
on it: a box reports what it applied, or fails.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import landlock, syscalls
from .box import BoxSpec, enter
from .levels import Applied, Layer, Level, Report
from .view import file_view

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_CODE = (
    "import sys; sys.path[0] = sys.argv[1]; "
    "from grader.sandbox.probe import print_report; print_report()"
)
_TIMEOUT_S = 30.0
_MIB = 1 << 20
_USER_HELP = (
    "; ask the administrator for user namespaces: sysctl user.max_user_namespaces,"
    " kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns"
    "=0, or in a container --security-opt seccomp=unconfined"
)


def probe() -> Report:
    """The report of this machine; takes about 0.2 s, changes nothing.

    The attempts run in a fresh interpreter: forking the caller, who may have threads,
    would not be safe.
    """
    if sys.platform != "linux":
        return _unsupported(f"{platform.system()} has no namespaces, Linux is needed")
    command = [sys.executable, "-P", "-c", _CODE, str(_PACKAGE_ROOT)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
        )
        return _decoded(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return _unsupported(f"the probe itself failed: {error}")


def print_report() -> None:
    """Entry point of the fresh interpreter: the report as JSON on stdout."""
    print(json.dumps(dataclasses.asdict(measure())))


def measure() -> Report:
    """Try every layer; the caller must be single-threaded (it forks)."""
    if syscalls.ARCH is None:
        return _unsupported(f"no system-call table for {platform.machine()}")
    box, applied = _try_box()
    layers = (
        _tried("user namespace", _user, _USER_HELP),
        _tried("mount, process, network, ipc namespaces", _others, _USER_HELP),
        box,
        _tried("no capabilities", syscalls.drop_capabilities, ""),
        _landlock_layer(),
        _seccomp_layer(applied),
    )
    level: Level = applied.level if applied else "none"
    return Report(_system(), level, layers)


def _system() -> str:
    who = "root" if os.getuid() == 0 else "an ordinary user"
    return f"{platform.system()} {platform.release()} {platform.machine()}, as {who}"


def _unsupported(reason: str) -> Report:
    return Report(platform.platform(), "none", (Layer("confinement", False, reason),))


def _decoded(text: str) -> Report:
    raw = json.loads(text)
    return Report(raw["system"], raw["level"], tuple(Layer(**x) for x in raw["layers"]))


def _tried(name: str, attempt: Callable[[], object], help_text: str) -> Layer:
    """Run the attempt in a child and say how it went."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            attempt()
        except OSError as error:
            os.write(writer, (error.strerror or str(error)).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as stream:
        error_text = stream.read()
    return Layer(name, not error_text, error_text + help_text if error_text else "ok")


def _user() -> None:
    syscalls.unshare(syscalls.NEWUSER)


def _others() -> None:
    flags = syscalls.NEWNS | syscalls.NEWPID | syscalls.NEWNET | syscalls.NEWIPC
    syscalls.unshare(flags | (syscalls.NEWUSER if os.getuid() else 0))


def _landlock_layer() -> Layer:
    version = landlock.abi()
    missing = "not in this kernel (needs 5.13 and CONFIG_SECURITY_LANDLOCK, lsm=...)"
    return Layer("Landlock", version > 0, f"version {version}" if version else missing)


def _seccomp_layer(applied: Applied | None) -> Layer:
    works = applied is not None and applied.seccomp
    return Layer("seccomp filter", works, "ok" if works else "not tried or not there")


def _try_box() -> tuple[Layer, Applied | None]:
    """Build one whole box around a process that ends at once."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    view = file_view(extra=(), packages=())
    spec = BoxSpec(view=view, files_bytes=_MIB, processes=8, address_bytes=1 << 40)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        mine.close()
        enter(spec, theirs, set(), parent)
        os._exit(0)
    theirs.close()
    messages = _messages(mine)
    os.waitpid(pid, 0)
    applied = next((m["applied"] for m in messages if "applied" in m), None)
    error = next((str(m["error"]) for m in messages if "error" in m), "no answer")
    if applied is None:
        return Layer("file view and private folders", False, error), None
    return Layer("file view and private folders", True, "ok"), Applied(**applied)


def _messages(channel: socket.socket) -> list[dict[str, Any]]:
    """Everything a box says until it is gone."""
    found = []
    with channel:
        channel.settimeout(_TIMEOUT_S)
        while data := channel.recv(4096):
            found.append(json.loads(data))
    return found
