"""Lock a forked child of the warm parent into a box of its own.

    warm parent                     outside, the owner's user, clean environment
      └── supervisor                outside the process namespace, sees its end
            └── init (pid 1)        inside; builds the root, locks it, reaps orphans
                  └── kernel        inside; runs student code

`enter` is called in the supervisor and returns in the kernel. As root every box gets
a user id of its own; for an ordinary user the box is built in a user namespace. Either
way the kernel ends up in its own user, mount, process, network, ipc, uts and cgroup
namespaces without a single capability.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from . import landlock, mounts, seccomp, syscalls
from .levels import Applied
from .view import FileView

_SEEN_UID = 1000
_FIRST_UID, _UIDS = 0x70000000, 1 << 22
_SMALL_FIRST_UID, _SMALL_UIDS = 20_000, 40_000
_OPEN_FILES = 512
_LOCKED_BYTES = 64 << 10
_NAMESPACES = (
    syscalls.NEWNS
    | syscalls.NEWPID
    | syscalls.NEWNET
    | syscalls.NEWIPC
    | syscalls.NEWUTS
    | syscalls.NEWCGROUP
)


@dataclass(frozen=True, kw_only=True)
class BoxSpec:
    """What one box is made of; from the grader, never from a submission."""

    view: FileView
    files_bytes: int
    """Size of all private folders together."""
    processes: int
    """Processes and threads alive at once in the box."""
    address_bytes: int
    """Address space of one process; the sum of memory is watched from outside."""


def box_uid(pid: int) -> int:
    """A user id that no other box alive has: derived from its supervisor's pid."""
    with open("/proc/self/uid_map") as table:
        spans = [tuple(map(int, line.split())) for line in table]
    top = max(first + count for first, _, count in spans)
    if top >= _FIRST_UID + _UIDS:
        return _FIRST_UID + pid % _UIDS
    return _SMALL_FIRST_UID + pid % _SMALL_UIDS


def enter(spec: BoxSpec, report: socket.socket, keep: set[int], parent: int) -> None:
    """Build the box around this process; returns only in the box's kernel process.

    Called in a freshly forked, single-threaded child of the warm parent. `report`
    carries one message up: the layers in force and descriptors for the parent, or an
    error. `keep` are the descriptors the kernel process is to inherit, `parent` is
    the warm parent's process id.
    """
    syscalls.die_with_parent()
    keep = keep | {0, 1, 2}
    uid = box_uid(os.getpid()) if os.getuid() == 0 else None
    alive, alive_in_supervisor = os.pipe()
    try:
        _new_namespaces(privileged=uid is not None)
        init = os.fork()
        if init:
            _supervise(init, uid, report, {alive_in_supervisor}, parent)
        syscalls.close_all_but(keep | {report.fileno(), alive})
        applied = _build(spec, uid)
        _stay_with_supervisor(alive)
        kernel = os.fork()
        if kernel:
            _reap(kernel, applied, report)
    except OSError as error:
        _say(report, {"error": str(error.strerror or error)})
        os._exit(1)
    syscalls.close_all_but(keep)
    os.setsid()
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # its memory use may be read


def _new_namespaces(*, privileged: bool) -> None:
    if privileged:
        syscalls.unshare(_NAMESPACES)
        return
    outside = os.getuid(), os.getgid()
    syscalls.unshare(_NAMESPACES | syscalls.NEWUSER)
    _map_ids(*outside)


def _map_ids(uid: int, gid: int) -> None:
    """Be user 1000 in the new user namespace; nobody else exists there."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_SEEN_UID} {uid} 1"),
        ("gid_map", f"{_SEEN_UID} {gid} 1"),
    ):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(fd, text.encode())
        os.close(fd)


def _build(spec: BoxSpec, uid: int | None) -> Applied:
    """In init: everything from the mounts to the last lock."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = _SEEN_UID if uid is None else uid
    syscalls.sethostname("box")
    mounts.loopback_up()
    mounts.build_root(
        spec.view, files_bytes=spec.files_bytes, owner=owner, seen_uid=_SEEN_UID
    )
    if uid is not None:
        _become(uid)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # or its own id map is closed
        syscalls.unshare(syscalls.NEWUSER)
        _map_ids(uid, uid)
    os.mkdir(mounts.WORK, 0o755)
    os.chdir(mounts.WORK)
    _set_limits(spec)
    syscalls.drop_capabilities()
    version = landlock.restrict(
        readable=("/",), devices=mounts.DEVICES, writable=mounts.WRITABLE
    )
    return Applied(landlock=version, seccomp=seccomp.install())


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _set_limits(spec: BoxSpec) -> None:
    """Limits per process, and the number of processes of this user namespace."""
    limits: Mapping[int, int] = {
        resource.RLIMIT_AS: spec.address_bytes,
        resource.RLIMIT_CORE: 1,  # unlike 0 it also keeps the system's crash handler out
        resource.RLIMIT_FSIZE: spec.files_bytes,
        resource.RLIMIT_MEMLOCK: _LOCKED_BYTES,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_NPROC: spec.processes + 1,  # init is not the student's
        resource.RLIMIT_RTPRIO: 0,
    }
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _stay_with_supervisor(alive: int) -> None:
    """Die with the supervisor; a changed user id had cancelled the earlier request."""
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    syscalls.die_with_parent()
    os.set_blocking(alive, False)
    try:
        os.read(alive, 1)
    except BlockingIOError:
        os.close(alive)
        return
    os._exit(1)  # end of file: it died before the request was made


def _supervise(
    init: int, uid: int | None, report: socket.socket, keep: set[int], parent: int
) -> NoReturn:
    """Outside: hold no rights, end when the last process of the box has ended.

    `waitpid` on a namespace's init returns only after all its processes are gone.
    """
    syscalls.close_all_but({2, report.fileno(), *keep})
    os.chdir("/")
    if uid is not None:
        _become(uid)
    syscalls.drop_capabilities()
    syscalls.die_with_parent()
    if os.getppid() != parent:  # it died before the request was made
        os._exit(1)
    _say(report, {"init": init}, [os.pidfd_open(init)])
    _, status = os.waitpid(init, 0)
    code = os.waitstatus_to_exitcode(status)
    _say(report, {"exit": code})
    os._exit(0)


def _reap(kernel: int, applied: Applied, report: socket.socket) -> NoReturn:
    """The rest of init's life: collect the dead; the kernel's end is the box's end."""
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    layers = {"landlock": applied.landlock, "seccomp": applied.seccomp}
    _say(report, {"applied": layers}, [os.pidfd_open(kernel), proc])
    syscalls.close_all_but({report.fileno()})
    while True:
        pid, status = os.wait()
        if pid == kernel:
            _say(report, {"exit": os.waitstatus_to_exitcode(status)})
            os._exit(0)


def _say(
    report: socket.socket, message: dict[str, object], fds: list[int] | None = None
) -> None:
    """Send one message to the warm parent; a parent that is gone kills us anyway."""
    try:
        socket.send_fds(report, [json.dumps(message).encode()], fds or [])
    except OSError:
        os._exit(1)
