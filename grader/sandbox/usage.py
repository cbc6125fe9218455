"""What all processes of a box use, seen from outside: memory, processor time.

Looked at every few dozen milliseconds. Numbers come from the box's own process table,
whose entries student code cannot forge.
"""

from __future__ import annotations

import os
import resource

_PAGE = resource.getpagesize()
_KIB = 1024
_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PRIVATE = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")


def _read(proc: int, name: str) -> str:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:  # it ended meanwhile
        return ""
    try:
        return os.read(fd, 4096).decode()
    except OSError:
        return ""
    finally:
        os.close(fd)


def processes(proc: int) -> list[str]:
    """Process ids in the process table behind the folder descriptor `proc`."""
    try:
        return [name for name in os.listdir(proc) if name.isdigit()]
    except OSError:
        return []


def _anonymous(proc: int, pid: str) -> int:
    """Return resident bytes of a process that no file backs.

    Pages shared with the warm parent count in every process: sums are upper bounds.
    """
    fields = _read(proc, f"{pid}/statm").split()
    return (int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0


def _proportional(proc: int, pid: str) -> int | None:
    """The same with shared pages divided among their holders; None if not readable."""
    text = _read(proc, f"{pid}/smaps_rollup")
    if not text:
        return None
    lines = (line.split() for line in text.splitlines())
    return sum(int(f[1]) * _KIB for f in lines if f and f[0] in _PRIVATE)


def used_bytes(proc: int, *, limit: int) -> int:
    """Memory of all processes of a box: cheap while far below `limit`, exact near it."""
    pids = processes(proc)
    rough = {pid: _anonymous(proc, pid) for pid in pids}
    if sum(rough.values()) <= limit:
        return sum(rough.values())
    exact = ((_proportional(proc, pid), rough[pid]) for pid in pids)
    return sum(bound if share is None else share for share, bound in exact)


def processor_s(proc: int) -> float:
    """Processor seconds of all processes of a box, of those that ended before, too.

    The time of one that has ended is with whoever waited for it, in the end with the
    box's init.
    """
    ticks = 0
    for pid in processes(proc):
        # the name in brackets may hold anything; after it comes the third field
        fields = _read(proc, f"{pid}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS_PER_S
