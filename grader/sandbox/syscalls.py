"""Linux system calls that Python does not offer, through libc.

Used by the processes that build a box (grader.sandbox.box), never by the kernel that
runs student code. Every function raises `OSError` naming the call. Importing this
module is safe on any system; `ARCH` is None where the tables below do not apply.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET, NEWTIME = 0x10000000, 0x20000000, 0x40000000, 0x80
NEW_ANY = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8
AT_FDCWD, AT_RECURSIVE = -100, 0x8000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 38, 36
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, PR_SET_SECUREBITS = 47, 4, 28
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2

_COMMON = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "close_range": 436,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
    "memfd_secret": 447,
    "statmount": 457,
    "listmount": 458,
    "open_tree_attr": 467,
}
_X86_64 = {
    "mmap": 9,
    "ioctl": 16,
    "shmget": 29,
    "shmat": 30,
    "shmctl": 31,
    "socket": 41,
    "clone": 56,
    "semget": 64,
    "semop": 65,
    "semctl": 66,
    "shmdt": 67,
    "msgget": 68,
    "msgsnd": 69,
    "msgrcv": 70,
    "msgctl": 71,
    "ptrace": 101,
    "syslog": 103,
    "capset": 126,
    "uselib": 134,
    "personality": 135,
    "vhangup": 153,
    "modify_ldt": 154,
    "pivot_root": 155,
    "adjtimex": 159,
    "chroot": 161,
    "acct": 163,
    "settimeofday": 164,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "sethostname": 170,
    "setdomainname": 171,
    "iopl": 172,
    "ioperm": 173,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "nfsservctl": 180,
    "lookup_dcookie": 212,
    "semtimedop": 220,
    "clock_settime": 227,
    "mq_open": 240,
    "kexec_load": 246,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "unshare": 272,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "clock_adjtime": 305,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "sched_setaffinity": 203,
    "finit_module": 313,
    "memfd_create": 319,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
}
_AARCH64 = {
    "lookup_dcookie": 18,
    "ioctl": 29,
    "umount2": 39,
    "mount": 40,
    "pivot_root": 41,
    "nfsservctl": 42,
    "chroot": 51,
    "vhangup": 58,
    "quotactl": 60,
    "acct": 89,
    "capset": 91,
    "personality": 92,
    "unshare": 97,
    "kexec_load": 104,
    "init_module": 105,
    "delete_module": 106,
    "clock_settime": 112,
    "syslog": 116,
    "ptrace": 117,
    "reboot": 142,
    "sethostname": 161,
    "setdomainname": 162,
    "settimeofday": 170,
    "adjtimex": 171,
    "mq_open": 180,
    "msgget": 186,
    "msgctl": 187,
    "msgrcv": 188,
    "msgsnd": 189,
    "semget": 190,
    "semctl": 191,
    "semtimedop": 192,
    "semop": 193,
    "shmget": 194,
    "shmctl": 195,
    "shmat": 196,
    "shmdt": 197,
    "socket": 198,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "clone": 220,
    "mmap": 222,
    "swapon": 224,
    "swapoff": 225,
    "perf_event_open": 241,
    "fanotify_init": 262,
    "name_to_handle_at": 264,
    "open_by_handle_at": 265,
    "clock_adjtime": 266,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "sched_setaffinity": 122,
    "finit_module": 273,
    "memfd_create": 279,
    "bpf": 280,
    "userfaultfd": 282,
    "kexec_file_load": 294,
}

NUMBERS = {"x86_64": _X86_64 | _COMMON, "aarch64": _AARCH64 | _COMMON}
ARCH = platform.machine() if sys.platform == "linux" else None
if ARCH not in NUMBERS:
    ARCH = None

_libc = ctypes.CDLL(None, use_errno=True)


def number(name: str) -> int:
    """The number of a system call on this machine; OSError where there is no table."""
    if ARCH is None:
        raise OSError(errno.ENOSYS, f"{name}: no table for this system")
    return NUMBERS[ARCH][name]


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(name: str, *args: object) -> int:
    """Make the named call; integers are passed as 64-bit words."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return _checked(_libc.syscall(ctypes.c_long(number(name)), *words), name)


def unshare(flags: int) -> None:
    """Move the caller (for pid: its later children) into new namespaces."""
    _checked(_libc.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def mount(
    source: str, target: str, fstype: str | None = None, flags: int = 0, data: str = ""
) -> None:
    """Attach a file system or bind a path."""
    kind = fstype.encode() if fstype else None
    result = _libc.mount(
        source.encode(), target.encode(), kind, ctypes.c_ulong(flags), data.encode()
    )
    _checked(result, f"mount {fstype or source} on {target}")


def unmount(path: str) -> None:
    """Detach the mount at `path`."""
    _checked(_libc.umount2(path.encode(), MNT_DETACH), f"umount {path}")


def restrict_mount(path: str, attributes: int, *, recursive: bool = True) -> None:
    """Set mount attributes (read-only, nosuid, nodev ...); needs Linux 5.12."""
    buffer = ctypes.create_string_buffer(struct.pack("QQQQ", attributes, 0, 0, 0))
    flags = AT_RECURSIVE if recursive else 0
    syscall("mount_setattr", AT_FDCWD, path.encode(), flags, buffer, 32)


def pivot_root_here() -> None:
    """Make the current directory the root of this mount namespace, drop the old one."""
    syscall("pivot_root", b".", b".")
    unmount(".")
    os.chdir("/")


def prctl(option: int, *args: int) -> int:
    """Set an attribute of this process; integer arguments only."""
    padded = [*args, *([0] * (4 - len(args)))]
    words = [ctypes.c_ulong(a) for a in padded]
    return _checked(_libc.prctl(option, *words), f"prctl({option})")


def install_filter(program: bytes) -> None:
    """Load a classic BPF program as seccomp filter of this process and its heirs."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    pointer = ctypes.create_string_buffer(header, len(header))
    mode = ctypes.c_ulong(SECCOMP_MODE_FILTER)
    _checked(_libc.prctl(PR_SET_SECCOMP, mode, pointer, 0, 0), "seccomp filter")


def sethostname(name: str) -> None:
    """Name this uts namespace."""
    raw = name.encode()
    _checked(_libc.sethostname(raw, ctypes.c_size_t(len(raw))), "sethostname")


def drop_capabilities() -> None:
    """Empty all five capability sets and forbid regaining any; cannot be undone."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:  # past the last one this system knows
                break
            if error.errno != errno.EPERM:  # EPERM: the set was empty already
                raise
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    syscall("capset", header, ctypes.create_string_buffer(24))


def close_all_but(keep: set[int]) -> None:
    """Close every descriptor that is not listed."""
    low = 0
    for fd in sorted(keep):
        if fd > low:
            os.closerange(low, fd)
        low = fd + 1
    syscall("close_range", low, 0xFFFFFFFF, 0)


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent ends; forgotten when the user id changes."""
    prctl(PR_SET_PDEATHSIG, 9)
