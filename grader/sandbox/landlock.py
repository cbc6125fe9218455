"""Landlock: what the box may do with files, even those its mounts would allow."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from . import syscalls

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_CREATE_VERSION, _RULE_PATH_BENEATH = 1, 1
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


def abi() -> int:
    """The Landlock version of the running system, 0 when it has none."""
    try:
        return syscalls.syscall(
            "landlock_create_ruleset", None, ctypes.c_size_t(0), _CREATE_VERSION
        )
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return 0
        raise


def _handled(version: int) -> int:
    """All file rights this version can forbid."""
    rights = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        if version >= since:
            rights |= right
    return rights


def _ruleset(version: int) -> int:
    scoped = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", _handled(version), 0, scoped)
    buffer = ctypes.create_string_buffer(attributes, 24)
    return syscalls.syscall("landlock_create_ruleset", buffer, size, 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd), 12)
        syscalls.syscall("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)


def restrict(
    *, readable: Iterable[str], devices: Iterable[str], writable: Iterable[str]
) -> int:
    """Confine this process and its heirs; the Landlock version in force, 0 if none.

    Called in a box's init after its root was built: the paths are those of the box.
    """
    version = abi()
    if version == 0:
        return 0
    everything = _handled(version)
    ruleset = _ruleset(version)
    device = (_READ_FILE | _READ_DIR | _WRITE_FILE | _IOCTL_DEV) & everything
    private = everything & ~(_MAKE_CHAR | _MAKE_BLOCK)
    for paths, rights in ((readable, _READ), (devices, device), (writable, private)):
        for path in paths:
            _allow(ruleset, path, rights)
    syscalls.syscall("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)
    return version
