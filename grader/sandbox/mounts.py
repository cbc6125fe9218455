"""The root of a box: a read-only allow-list, a private size-limited place to write.

Runs in a box's init, which holds (its namespace's) root rights at this point, before
any student code. Needs Linux 5.12 for recursive read-only mounts.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from pathlib import Path

from . import syscalls
from .syscalls import (
    ATTR_NODEV,
    ATTR_NOEXEC,
    ATTR_NOSUID,
    ATTR_RDONLY,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    restrict_mount,
)
from .view import FileView

HOME = "/home/student"
WORK = f"{HOME}/work"
WRITABLE = ("/tmp", "/home/student", "/dev/shm")
DEVICES = ("/dev",)
_ROOT = "/tmp"
_READ_ONLY = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV
_PRIVATE_INODES = 10_000

_DEVICE_NODES = ("null", "full", "random", "urandom")  # no "zero": it can be mapped
_PROC_MASKED_FILES = (
    *("kcore", "keys", "key-users", "kmsg", "kallsyms", "kpagecount", "kpageflags"),
    *("kpagecgroup", "timer_list", "sched_debug", "sysrq-trigger", "latency_stats"),
    *("config.gz", "interrupts", "modules", "vmallocinfo", "slabinfo", "zoneinfo"),
    *("cmdline", "bootconfig", "partitions", "diskstats", "locks", "swaps"),
)
_PROC_MASKED_FOLDERS = ("acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "tty")
_ETC = {
    "passwd": "root:x:0:0::/:/bin/sh\nstudent:x:{uid}:{uid}::{home}:/bin/sh\n",
    "group": "root:x:0:\nstudent:x:{uid}:\n",
    "hosts": "127.0.0.1 localhost box\n::1 localhost\n",
    "hostname": "box\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def _place(path: str, *, folder: bool) -> str:
    """Create the mount point for `path` in the new root."""
    target = _ROOT + path
    os.makedirs(target if folder else os.path.dirname(target), exist_ok=True)
    if not folder:
        os.close(os.open(target, os.O_CREAT | os.O_RDONLY, 0o644))
    return target


def _open_sources(paths: tuple[str, ...]) -> list[tuple[str, int, bool]]:
    """Hold every source open, so that covering its parents cannot lose it."""
    held = []
    for path in paths:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):
            continue
        held.append((path, fd, os.path.isdir(path)))
    return held


def _bind(source: str, target: str, attributes: int) -> None:
    syscalls.mount(source, target, None, MS_BIND | MS_REC)
    restrict_mount(target, attributes)


def _show(sources: list[tuple[str, int, bool]]) -> None:
    for path, fd, is_folder in sources:
        target = _place(path, folder=is_folder)
        _bind(f"/proc/self/fd/{fd}", target, _READ_ONLY)
        os.close(fd)


def _cover(folders: tuple[str, ...], inside: list[tuple[str, int, bool]]) -> None:
    """Replace folders of the machine by empty ones, and bind into them what is shown."""
    for folder in folders:
        target = _place(folder, folder=True)
        options = "size=64k,nr_inodes=2000,mode=755"
        syscalls.mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options)
    for path, fd, is_folder in inside:
        target = _place(path, folder=is_folder)
        syscalls.mount(f"/proc/self/fd/{fd}", target, None, MS_BIND | MS_REC)
        os.close(fd)
    for folder in folders:
        restrict_mount(_ROOT + folder, _READ_ONLY)  # and all that was bound below


def _private(limit_bytes: int, owner: int) -> None:
    """One tmpfs behind every writable path, so that they share a single limit."""
    store = _place("/store", folder=True)
    options = f"size={limit_bytes},nr_inodes={_PRIVATE_INODES},mode=755"
    syscalls.mount("tmpfs", store, "tmpfs", MS_NOSUID | MS_NODEV, options)
    for path in WRITABLE:
        source = Path(store + path)
        source.mkdir(parents=True)
        is_home = path == HOME
        source.chmod(0o700 if is_home else 0o1777)
        if is_home:
            os.chown(source, owner, owner)
        target = _place(path, folder=True)
        syscalls.mount(str(source), target, None, MS_BIND)
    syscalls.unmount(store)
    os.rmdir(store)
    os.makedirs(_ROOT + "/var")
    os.symlink("/tmp", _ROOT + "/var/tmp")


def _devices() -> None:
    dev = _place("/dev", folder=True)
    for name in _DEVICE_NODES:
        target = _place(f"/dev/{name}", folder=False)
        syscalls.mount(f"/dev/{name}", target, None, MS_BIND)
    for name, target in (
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ):
        os.symlink(target, f"{dev}/{name}")
    options = "newinstance,ptmxmode=0666,mode=620,max=16"
    pts = _place("/dev/pts", folder=True)
    syscalls.mount("devpts", pts, "devpts", MS_NOSUID | MS_NOEXEC, options)


def _processes() -> None:
    """The process table of this box only, without the machine's own details."""
    proc = _place("/proc", folder=True)
    syscalls.mount("proc", proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    empty = _place("/run/empty", folder=True)
    for name in _PROC_MASKED_FILES:
        if os.path.exists(f"{proc}/{name}"):
            syscalls.mount("/dev/null", f"{proc}/{name}", None, MS_BIND)
    for name in _PROC_MASKED_FOLDERS:
        if os.path.isdir(f"{proc}/{name}"):
            _bind(empty, f"{proc}/{name}", _READ_ONLY)
    _bind(f"{proc}/sys", f"{proc}/sys", _READ_ONLY | ATTR_NOEXEC)


def _etc(uid: int) -> None:
    etc = Path(_place("/etc", folder=True))
    for name, text in _ETC.items():
        (etc / name).write_text(text.format(uid=uid, home=HOME))


def build_root(view: FileView, *, files_bytes: int, owner: int, seen_uid: int) -> None:
    """Replace the root of this mount namespace by the box's.

    `owner` owns the private folders (an id of this user namespace), `seen_uid` is
    the id student code will find itself under. OSError: the machine refused a step.
    """
    os.umask(0o022)
    syscalls.mount("none", "/", None, MS_REC | MS_PRIVATE)
    sources, inside = _open_sources(view.readable), _open_sources(view.inside)
    syscalls.mount(
        "tmpfs", _ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=2000,mode=755"
    )
    _private(files_bytes, owner)  # first: what is shown may lie below it, as in /tmp
    _show(sources)
    for path, target in view.links:
        os.makedirs(os.path.dirname(_ROOT + path), exist_ok=True)
        os.symlink(target, _ROOT + path)
    _cover(view.covered, inside)
    _devices()
    _processes()
    _etc(seen_uid)
    os.chdir(_ROOT)
    syscalls.pivot_root_here()
    restrict_mount("/", ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, recursive=False)


def loopback_up() -> None:
    """Bring up 127.0.0.1 in the empty network namespace: ipykernel binds it."""
    siocsifflags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket() as probe:
        request = struct.pack("16sh14x", b"lo", up_and_running)
        fcntl.ioctl(probe, siocsifflags, request)
