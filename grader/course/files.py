"""Reading what students hand in, and writing so that nothing is ever half there."""

from __future__ import annotations

import copy
import errno
import json
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.errors import DamagedNotebook
from grader.limits import MIB

MAX_NOTEBOOK_BYTES = 32 * MIB
"""Largest notebook that is read; ones with many figures have about 5 MiB."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY


class UntrustedFolder:
    """A folder of a submission, held open: what is read later is what was looked at.

    No part of its path below a trusted folder is a link, nor becomes one afterwards: each
    is opened in the one before. Links inside are not followed and special files not
    opened, so that a submission cannot point at somebody else's data or block the reader.
    """

    def __init__(
        self,
        trusted: Path,
        *below: str,
        is_alone: Callable[[int, int], bool] = lambda device, number: False,
    ) -> None:
        """Open it.

        Args:
            trusted: a folder of the instructor's; may itself be reached by links.
            below: names from there down to the folder.
            is_alone: whether a file that has several names, given by device and number,
                has only one where it could be somebody else's; others are refused.

        Raises:
            DamagedNotebook: there is no such folder, or a link in its place.
        """
        self.name = below[-1] if below else trusted.name
        self._is_alone = is_alone
        try:
            self._descriptor = os.open(trusted, _FOLDER)
            for name in below:
                outer = self._descriptor
                try:
                    self._descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=outer)
                finally:
                    os.close(outer)
        except OSError:
            raise DamagedNotebook(
                f"'{self.name}' is no folder: nothing was handed in"
            ) from None

    def inner(self, name: str) -> UntrustedFolder:
        """Open a folder within it.

        Raises:
            DamagedNotebook: there is none, or a link in its place.
        """
        found = copy.copy(self)
        try:
            found._descriptor = os.open(
                name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._descriptor
            )
        except OSError:
            raise DamagedNotebook(f"'{name}' is no folder") from None
        found.name = name
        return found

    def __enter__(self) -> UntrustedFolder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def names(self) -> list[str]:
        """Return what lies in it, sorted."""
        return sorted(os.listdir(self._descriptor))

    def is_folder(self, name: str) -> bool:
        """Whether an entry is a folder, and no link to one."""
        return stat.S_ISDIR(os.lstat(name, dir_fd=self._descriptor).st_mode)

    def size(self, name: str) -> int:
        """Return the size in bytes of an entry itself, not of what a link points to."""
        return os.lstat(name, dir_fd=self._descriptor).st_size

    def arrived(self, name: str) -> float:
        """Return when an entry came to lie here, in seconds since the epoch.

        The time of its last change of status, which whoever wrote the file cannot set.
        """
        return os.lstat(name, dir_fd=self._descriptor).st_ctime

    def modified(self, name: str) -> float:
        """Return when an entry was last written, as its owner says, in seconds."""
        return os.lstat(name, dir_fd=self._descriptor).st_mtime

    def read(self, name: str, *, limit: int = MAX_NOTEBOOK_BYTES) -> bytes:
        """Return the content of a plain file.

        Raises:
            DamagedNotebook: with the reason for the student.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(name, flags, dir_fd=self._descriptor)
        except OSError as error:
            kind = "a link" if error.errno == errno.ELOOP else error.strerror
            raise DamagedNotebook(
                f"'{name}' cannot be read ({kind}): hand in the notebook file itself"
            ) from None
        status = os.fstat(descriptor)
        shared = status.st_nlink > 1 and not self._is_alone(status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode) or shared:
            os.close(descriptor)  # `open` below refuses a folder with an error of its own
            raise DamagedNotebook(
                f"'{name}' is no ordinary file: hand in the notebook file itself"
            )
        with open(descriptor, "rb") as file:
            if status.st_size > limit:
                raise DamagedNotebook(
                    f"'{name}' has {status.st_size / MIB:.0f} MiB, at most "
                    f"{limit / MIB:.0f} MiB are read: clear large outputs and hand it in "
                    "again"
                )
            return file.read(limit + 1)


def write_atomically(path: Path, data: bytes | str, *, durable: bool = True) -> None:
    """Replace ``path`` by a complete file, or leave it as it was.

    Args:
        path: the file; its folder is made if needed.
        data: its whole content.
        durable: wait until it is on the disk, so that it survives a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            if durable:
                os.fsync(descriptor)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_if_changed(path: Path, content: bytes | str) -> None:
    """As `write_atomically`, but leave a file alone that holds this content already.

    Replacing a file makes the file system flush it, which takes longer than reading.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return
    except OSError:
        pass
    write_atomically(path, data, durable=False)


def write_json(path: Path, value: Mapping[str, Any] | list[Any]) -> None:
    """Write readable JSON in UTF-8, atomically."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, text, durable=False)
