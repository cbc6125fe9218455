"""Run a command as an ordinary user who may read this Python, without touching modes.

    python tests/sandbox/as_user.py UID HOME command…

Needs root; the user need not exist in /etc/passwd. Where the interpreter lies in a folder
closed to others (root's home), a private mount namespace shows just the interpreter in its
place.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grader.sandbox import syscalls


def closed_ancestor(path: Path) -> Path | None:
    """The topmost folder above `path` that others may not enter."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def open_up(path: Path) -> None:
    """In this mount namespace, let others reach `path` through a closed ancestor."""
    closed = closed_ancestor(path)
    if closed is None:
        return
    fd = os.open(path, os.O_PATH)
    syscalls.mount("tmpfs", str(closed), "tmpfs", 0, "mode=755,size=1m")
    path.mkdir(parents=True)
    syscalls.mount(f"/proc/self/fd/{fd}", str(path), None, syscalls.MS_BIND)
    os.close(fd)


def become(uid: int, home: str) -> None:
    """Give up root for good: groups, ids and environment of the user."""
    os.chown(home, uid, uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.environ.update(HOME=home, USER="ordinary", LOGNAME="ordinary")


def main(uid: str, home: str, *command: str) -> None:
    """Replace this process by the command, run as the user."""
    syscalls.unshare(syscalls.NEWNS)
    syscalls.mount("none", "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    open_up(Path(sys.base_prefix))
    become(int(uid), home)
    os.execvp(command[0], command)


if __name__ == "__main__":
    os.umask(0o022)
    main(*sys.argv[1:])
