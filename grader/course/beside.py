"""What a student hands in beside the notebook: pictures and PDFs that a marker must see."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from grader.course.files import UntrustedFolder
from grader.course.folder import EXCHANGE_FILES
from grader.course.notebooks import writable
from grader.course.pictures import MOST_BYTES
from grader.errors import DamagedNotebook
from grader.limits import MIB

SHOWN = ("png", "jpg", "jpeg", "gif", "webp", "svg", "pdf")
"""Endings of files that are read."""
MOST_FILES, MOST_NAMED = 40, 5
MOST_FOLDERS = 5
_SYSTEMS = (".", "__", "Thumbs.db", "desktop.ini")


def files_beside(
    folder: UntrustedFolder, released: Collection[str]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return what was handed in by its path from the notebook, and what to say of the rest.

    Pictures and PDFs with their content; of anything else only that it is there.

    Args:
        folder: what was handed in; its own folders are looked into, theirs are not.
        released: names of files that came with the assignment.
    """
    found: dict[str, bytes] = {}
    unread: list[str] = []
    room = MOST_BYTES
    for raw_path, place, name in _paths(folder, released):
        path = writable(raw_path)
        if path.rpartition(".")[2].lower() not in SHOWN:
            unread.append(path)
            found[path] = b""
            continue
        try:
            if len(found) >= MOST_FILES or place.size(name) > room:
                raise DamagedNotebook("too large")
            found[path] = place.read(name, limit=room)
            room -= len(found[path])
        except DamagedNotebook:
            unread.append(path)
            found[path] = b""
    if not unread:
        return found, ()
    named = ", ".join(f"'{path}'" for path in unread[:MOST_NAMED])
    more = f" and {len(unread) - MOST_NAMED:,} more" if unread[MOST_NAMED:] else ""
    return found, (
        f"handed in beside the notebook and not shown with it: {named}{more} (pictures and "
        f"PDFs of {MOST_BYTES // MIB} MiB together are)",
    )


def _paths(
    folder: UntrustedFolder, released: Collection[str]
) -> Iterator[tuple[str, UntrustedFolder, str]]:
    """Yield each file's path, with the folder it lies in, held open, and its name there."""
    names = [name for name in folder.names() if not _is_known(name, released)]
    folders = []
    for name in names:
        if folder.is_folder(name):
            folders.append(name)
        else:
            yield name, folder, name
    for name in folders[:MOST_FOLDERS]:
        try:
            inner = folder.inner(name)
        except DamagedNotebook:
            continue
        with inner:
            for below in inner.names():
                if not _is_known(below, released) and not inner.is_folder(below):
                    yield f"{name}/{below}", inner, below


def _is_known(name: str, released: Collection[str]) -> bool:
    """Whether a file is no answer: a notebook, or the release's, exchange's, system's."""
    return (
        name in released
        or name in EXCHANGE_FILES
        or name.startswith(_SYSTEMS)
        or name.lower().endswith((".ipynb", ".pyc"))
    )
