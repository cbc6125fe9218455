"""The system-call filter of a box: a classic BPF program, written as data.

Third line of defence: namespaces hide things, the filter shrinks the part of the
kernel that hidden code can talk to, and closes the ways to hold memory that the
watch over resident memory cannot see.
"""

from __future__ import annotations

import errno
import struct

from . import syscalls

_LOAD, _AND, _JEQ, _JGE, _JSET, _RET = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_NEWEST_KNOWN = 469
"""Calls added after this one answer ENOSYS: nobody has judged them yet."""

_MAP_SHARED_ANONYMOUS = 0x21
_TIOCSTI = 0x5412
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16

DENIED = (
    # other processes
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),
    "process_madvise",
    # namespaces, mounts, files by handle
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree"),
    *("open_tree_attr", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick"),
    *("mount_setattr", "statmount", "listmount", "name_to_handle_at"),
    *("open_by_handle_at", "quotactl", "quotactl_fd", "fanotify_init"),
    # memory that belongs to no process: invisible to the watch over resident memory
    *("memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "shmdt"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl"),
    *("semtimedop", "mq_open", "add_key", "request_key", "keyctl"),
    # the processor that a box is kept on
    "sched_setaffinity",
    # large, rarely needed parts of the kernel
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter"),
    *("io_uring_register", "personality", "modify_ldt", "uselib", "lookup_dcookie"),
    # the machine itself
    *("kexec_load", "kexec_file_load", "init_module", "finit_module"),
    *("delete_module", "swapon", "swapoff", "reboot", "syslog", "acct", "adjtimex"),
    *("settimeofday", "clock_settime", "clock_adjtime", "sethostname"),
    *("setdomainname", "iopl", "ioperm", "vhangup", "nfsservctl"),
)

Instruction = tuple[int, int, int, int]
"""(operation, jump if true, jump if false, constant)."""


def _argument(index: int) -> Instruction:
    """Load the low half of a call's argument (both architectures: little endian)."""
    return (_LOAD, 0, 0, 16 + 8 * index)


def _fail(code: int) -> Instruction:
    return (_RET, 0, 0, _ERRNO | code)


def _only_for(number: int, body: list[Instruction]) -> list[Instruction]:
    """Run `body` (which may load arguments) for one call, then reload the number."""
    return [(_JEQ, 0, len(body) + 1, number), *body, (_LOAD, 0, 0, 0)]


def _families() -> list[Instruction]:
    """Sockets: unix, and internet in a namespace that has no way out.

    libzmq asks for the list of interfaces, so NETLINK_ROUTE (protocol 0) stays.
    """
    return [
        _argument(0),
        (_JEQ, 6, 0, _AF_UNIX),
        (_JEQ, 5, 0, _AF_INET),
        (_JEQ, 4, 0, _AF_INET6),
        (_JEQ, 0, 2, _AF_NETLINK),
        _argument(2),
        (_JEQ, 1, 0, 0),
        _fail(errno.EPERM),
    ]


def instructions(arch: str) -> list[Instruction]:
    """The whole filter for one architecture."""
    numbers = syscalls.NUMBERS[arch]
    program: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_JEQ, 1, 0, _AUDIT_ARCH[arch]),
        (_RET, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if arch == "x86_64":
        program += [(_JGE, 0, 1, _X32_BIT), _fail(errno.EPERM)]
    program += [(_JGE, 0, 1, _NEWEST_KNOWN + 1), _fail(errno.ENOSYS)]
    for name in DENIED:
        if name in numbers:
            program += [(_JEQ, 0, 1, numbers[name]), _fail(errno.EPERM)]
    # clone3 hides its flags behind a pointer; glibc falls back to clone
    program += [(_JEQ, 0, 1, numbers["clone3"]), _fail(errno.ENOSYS)]
    new_namespaces = syscalls.NEW_ANY
    for name, body in (
        ("clone", [_argument(0), (_JSET, 0, 1, new_namespaces), _fail(errno.EPERM)]),
        (
            "mmap",
            [
                _argument(3),
                (_AND, 0, 0, _MAP_SHARED_ANONYMOUS),
                (_JEQ, 0, 1, _MAP_SHARED_ANONYMOUS),
                _fail(errno.EPERM),
            ],
        ),
        ("ioctl", [_argument(1), (_JEQ, 0, 1, _TIOCSTI), _fail(errno.EPERM)]),
        ("socket", _families()),
    ):
        program += _only_for(numbers[name], body)
    return [*program, (_RET, 0, 0, _ALLOW)]


def assemble(program: list[Instruction]) -> bytes:
    """The bytes the kernel reads."""
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def install() -> bool:
    """Filter this process and its heirs; False where the system has no seccomp.

    Called in a box's init, after no_new_privs, before any student code exists.
    """
    if syscalls.ARCH is None:
        return False
    try:
        syscalls.install_filter(assemble(instructions(syscalls.ARCH)))
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOSYS):
            return False
        raise
    return True
