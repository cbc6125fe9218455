"""What a student hands in beside the notebook: pictures and PDFs that a marker must see."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from grader.course.files import UntrustedFolder
from grader.course.folder import EXCHANGE_FILES
from grader.course.pictures import MOST_BYTES
from grader.errors import DamagedNotebook
from grader.limits import MIB

SHOWN = ("png", "jpg", "jpeg", "gif", "webp", "svg", "pdf")
"""Endings of files that are read."""
MOST_READ, MOST_LISTED, MOST_NAMED = 40, 200, 5
DEEPEST = 3
"""Folders within folders that are looked into."""
_SYSTEMS = (".", "__", "Thumbs.db", "desktop.ini")


def files_beside(
    folder: UntrustedFolder, released: Collection[str]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return what was handed in by its path from the notebook, and what to say of the rest.

    Pictures and PDFs with their content; of anything else only that it is there.

    Args:
        folder: what was handed in.
        released: names of files that came with the assignment.
    """
    found: dict[str, bytes] = {}
    room, read = MOST_BYTES, 0
    for raw_path, place, name in _paths(folder, released, DEEPEST):
        if len(found) == MOST_LISTED:
            break
        path = _unlike(_readable(raw_path), found)
        found[path] = b""
        if path.rpartition(".")[2].lower() in SHOWN and read < MOST_READ:
            try:
                if place.size(name) <= room:
                    found[path] = place.read(name, limit=room)
            except DamagedNotebook:
                continue
            room, read = room - len(found[path]), read + 1
    unread = [path for path, data in found.items() if not data]
    if not unread:
        return found, ()
    named = ", ".join(f"'{path}'" for path in unread[:MOST_NAMED])
    more = f" and {len(unread) - MOST_NAMED:,} more" if unread[MOST_NAMED:] else ""
    return found, (
        f"handed in beside the notebook and not shown with it: {named}{more} (pictures and "
        f"PDFs of {MOST_BYTES // MIB} MiB together are)",
    )


def _paths(
    folder: UntrustedFolder, released: Collection[str], depth: int, above: str = ""
) -> Iterator[tuple[str, UntrustedFolder, str]]:
    """Yield each file's path, with the folder it lies in, held open, and its name there.

    A folder that is not looked into is yielded like a file.
    """
    names = [name for name in folder.names() if not _is_known(name, released)]
    inner = [name for name in names if folder.is_folder(name)]
    for name in names:
        if name not in inner or not depth:
            yield f"{above}{name}", folder, name
    for name in inner if depth else ():
        try:
            opened = folder.inner(name)
        except DamagedNotebook:
            continue
        with opened:
            yield from _paths(opened, released, depth - 1, f"{above}{name}/")


def _readable(path: str) -> str:
    """Return a path as text; a name in another encoding is most likely Chinese."""
    data = path.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _unlike(path: str, known: Collection[str]) -> str:
    """Return a path that no other file has, with a number where it has to differ."""
    stem, dot, ending = path.rpartition(".")
    number, found = 2, path
    while found in known:
        found, number = f"{stem}-{number}{dot}{ending}", number + 1
    return found


def _is_known(name: str, released: Collection[str]) -> bool:
    """Whether a file is no answer: a notebook, or the release's, exchange's, system's."""
    return (
        name in released
        or name in EXCHANGE_FILES
        or name.startswith(_SYSTEMS)
        or name.lower().endswith((".ipynb", ".pyc"))
    )
