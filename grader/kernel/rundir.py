"""The private folder of one owning process: sockets, connection files, logs.

Each folder holds a lock that the owner keeps as long as it lives, so that the next
owner can tell which folders were left by one that was killed, and remove them.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST_BASE = 60
"""Characters; an ipc path may have about 100 and ours adds some 20."""


class RunFolder:
    """A folder of mode 700 that only this process owns."""

    def __init__(self) -> None:
        """Create it, after removing the folders of owners that are gone."""
        base = base_folder()
        with _locked(base / "lock"):
            remove_stale(base)
            self.path = Path(tempfile.mkdtemp(prefix="k", dir=base))
            self._lock = _take(self.path / "lock")
        self._numbers = itertools.count(1)

    def new_prefix(self) -> str:
        """A path no other kernel of this owner uses; short, absolute."""
        return str(self.path / str(next(self._numbers)))

    def remove(self) -> None:
        """Delete everything; called by the owner at its end."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Give up the lock without deleting; for a forked child of the owner."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def short_temporary_folder() -> str:
    """The system's folder for temporary files; another where sockets would not fit."""
    parent = tempfile.gettempdir()
    return parent if len(parent) <= _LONGEST_BASE else "/tmp"


def base_folder() -> Path:
    """The folder of all owners of this user; a fresh one if that name is not ours."""
    parent = short_temporary_folder()
    base = Path(parent) / f"course-kernels-{os.getuid()}"
    try:
        base.mkdir(mode=0o700, exist_ok=True)
        info = base.lstat()
        ours = stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid()
        if ours and not info.st_mode & 0o077:
            return base
    except FileExistsError:
        pass
    return Path(tempfile.mkdtemp(prefix="course-kernels-", dir=parent))


def remove_stale(base: Path) -> None:
    """Delete the folders below `base` whose owner no longer holds its lock."""
    for folder in base.glob("k*"):
        try:
            lock = _take(folder / "lock", wait=False)
        except BlockingIOError:
            continue
        except OSError:
            lock = -1
        shutil.rmtree(folder, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


def _take(path: Path, *, wait: bool = True) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(fd)
        raise
    return fd


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = _take(path)
    try:
        yield
    finally:
        os.close(fd)
