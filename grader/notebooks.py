"""Reading and writing notebooks: the instructor's, and whatever a student hands in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.course import Course
from grader.errors import DamagedNotebook, SourceError
from grader.files import MAX_NOTEBOOK_BYTES, read_untrusted
from grader.model import Assignment, Submission

MAX_CELLS = 2000
MAX_SOURCE_CHARACTERS = 1_000_000
"""In one cell; more than any person writes."""
MAX_CANDIDATES = 10
"""Notebooks of other names that are looked into when the expected one is missing."""
NBGRADER_FIELDS = ("grade_id", "grade", "solution", "locked", "points", "task")
"""All that is believed of a submitted cell's metadata, and only to report changes."""


def read_source(path: Path) -> NotebookNode:
    """Return an instructor's notebook, format 4 with cell ids."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise SourceError(f"'{path.name}' cannot be read as a notebook: {error}") from error
    return notebook


def write_text(notebook: NotebookNode) -> str:
    """Return a notebook's file content, the same for the same notebook."""
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def parse_submission(data: bytes) -> NotebookNode:
    """Return a student's notebook as format 4, with well-formed cells.

    Raises:
        DamagedNotebook: it is no notebook; the text says what was found instead.
    """
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DamagedNotebook(
            "the notebook is not UTF-8 text: save it again in JupyterLab"
        ) from None
    except RecursionError:
        raise DamagedNotebook("the notebook is nested too deeply to be one") from None
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DamagedNotebook(
            f"the notebook is damaged: no valid JSON {where}: was the upload cut off?"
        ) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise DamagedNotebook("the file is JSON, but no notebook: it has no 'nbformat'")
    if raw["nbformat"] == 3:
        raw = _upgraded(raw)
    if raw["nbformat"] != 4 or not isinstance(raw.get("cells"), list):
        raise DamagedNotebook(
            f"notebook format {str(raw['nbformat'])[:20]} is not supported, expected 4: "
            "open and save it in JupyterLab"
        )
    if len(raw["cells"]) > MAX_CELLS:
        raise DamagedNotebook(
            f"the notebook has {len(raw['cells'])} cells, at most {MAX_CELLS} are read"
        )
    cells = [_clean_cell(cell) for cell in raw["cells"]]
    return NotebookNode(cells=[cell for cell in cells if cell is not None])


def _upgraded(raw: dict[str, Any]) -> Any:
    try:
        return nbformat.convert(nbformat.from_dict(raw), 4)
    except Exception:
        raise DamagedNotebook(
            "notebook format 3 could not be converted: open and save it in JupyterLab"
        ) from None


def _clean_cell(raw: Any) -> NotebookNode | None:
    """Return a new cell with the source, id and nbgrader metadata of ``raw``."""
    if not isinstance(raw, dict):
        return None
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str) or len(source) > MAX_SOURCE_CHARACTERS:
        source = "# the source of this cell could not be read"
    source = _writable(source).replace("\r\n", "\n")
    kind = raw.get("cell_type")
    cell = NotebookNode(
        cell_type=kind if kind in ("code", "raw") else "markdown",
        id=_writable(raw["id"]) if isinstance(raw.get("id"), str) else "",
        metadata=NotebookNode(),
        source=source,
    )
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(nbgrader, dict):
        cell.metadata["nbgrader"] = NotebookNode(
            {name: _plain(nbgrader[name]) for name in NBGRADER_FIELDS if name in nbgrader}
        )
    return cell


def _plain(value: Any) -> Any:
    """Return a field of nbgrader's metadata, None if it is no text, number or flag."""
    if isinstance(value, str):
        return _writable(value)
    return value if isinstance(value, (bool, int, float)) else None


def _writable(text: str) -> str:
    """Return text that UTF-8 can hold; JSON escapes and file names may hold more."""
    return text.encode("utf-8", "replace").decode()


def grade_id(cell: NotebookNode) -> str:
    """Return a cell's grade id, or an empty text."""
    value = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return value if isinstance(value, str) else ""


def read_submission(course: Course, student: str, assignment: Assignment) -> Submission:
    """Return what a student handed in; a reason instead of a notebook if unreadable."""
    name = assignment.name
    folder = course.submission(student, name)
    try:
        timestamp = course.timestamp(student, name)
    except DamagedNotebook:
        timestamp = None
    common = {"student": student, "assignment": name, "timestamp": timestamp}
    try:
        data, repairs = _find_notebook(folder, assignment)
    except DamagedNotebook as error:
        problem = _writable(str(error))
        return Submission(notebook=None, problem=problem, **common)  # type: ignore
    said = tuple(map(_writable, repairs))
    return Submission(notebook=data, repairs=said, **common)  # type: ignore


def _find_notebook(folder: Path, assignment: Assignment) -> tuple[bytes, tuple[str, ...]]:
    """Return the assignment's notebook, even if it was renamed."""
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        raise DamagedNotebook(f"'{folder.name}' is no folder: nothing was handed in")
    wanted = f"{assignment.name}.ipynb"
    found = sorted(p for p in folder.iterdir() if p.name.lower().endswith(".ipynb"))
    others = [path for path in found if path.name != wanted]
    if (folder / wanted) in found:
        extra = ", ".join(f"'{path.name}'" for path in others[:5])
        repairs = (f"further notebooks were ignored: {extra}",) if others else ()
        return read_untrusted(folder / wanted), repairs
    candidates = [(_likeness(path, assignment), path) for path in _affordable(others)]
    best = max(candidates, default=(0, folder), key=lambda pair: pair[0])
    if best[0] == 0:
        names = ", ".join(path.name for path in sorted(folder.iterdir())[:5]) or "nothing"
        raise DamagedNotebook(f"no '{wanted}' was handed in; found: {names}")
    repair = f"'{best[1].name}' was read as '{wanted}': please keep the file's name"
    return read_untrusted(best[1]), (repair,)


def _affordable(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield some files, together no larger than one notebook may be: each is parsed."""
    room, left = MAX_NOTEBOOK_BYTES, MAX_CANDIDATES
    for path in paths:
        size = path.lstat().st_size
        if left and size <= room:
            room, left = room - size, left - 1
            yield path


def _likeness(path: Path, assignment: Assignment) -> int:
    """Count the cells of a notebook that belong to the assignment."""
    try:
        cells = parse_submission(read_untrusted(path)).cells
    except DamagedNotebook:
        return 0
    known = {cell.key for cell in assignment.cells if cell.kind != "plain"}
    return sum(grade_id(cell) in known for cell in cells)
