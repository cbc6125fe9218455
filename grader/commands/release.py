"""The command ``release``: the students' version of an assignment."""

from __future__ import annotations

import json
from pathlib import Path

from nbformat import NotebookNode

from grader.course.assignment import load_both
from grader.course.files import write_atomically, write_if_changed
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.course.notebooks import write_text
from grader.errors import SourceError
from grader.model import Assignment

FORBIDDEN = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME", "import grade")
"""What no released notebook contains."""


def release(course: Course, assignment: str) -> list[str]:
    """Write the students' version and register the assignment with nbgrader.

    Data that vanished from beside the source vanishes here, too, if a release wrote it;
    what somebody else put there stays.

    Returns:
        What changed, a phrase per file: 'data.csv written', 'old.csv removed'.
    """
    loaded, public = load_both(course, assignment)
    folder = course.released(assignment).parent
    files = _files(loaded, public, course.released(assignment))
    changes = [
        f"{name} written" for name, data in files.items() if _write(folder / name, data)
    ]
    changes += [f"{name} removed" for name in _remove_vanished(course, loaded)]
    course.secret()
    course.note_release(assignment)
    with CourseGradebook(course) as gradebook:
        gradebook.register(loaded)
    return changes


def released_files(course: Course, assignment: str) -> dict[str, bytes]:
    """Return what students get of an assignment, by file name.

    Raises:
        SourceError: the notebook would hold an answer.
    """
    return _files(*load_both(course, assignment), course.released(assignment))


def _files(loaded: Assignment, public: NotebookNode, path: Path) -> dict[str, bytes]:
    text = write_text(public)
    _refuse_answers(text, path)
    return {path.name: text.encode(), **loaded.files}


def _refuse_answers(text: str, path: Path) -> None:
    for word in FORBIDDEN:
        if word in text:
            raise SourceError(
                f"'{path}' would hold '{word}', and nothing was written: look at the marks "
                "around solutions and hidden tests"
            )


def _write(path: Path, data: bytes) -> bool:
    """Write a file unless it holds that already; return whether it did not."""
    changed = not path.is_file() or path.read_bytes() != data
    if changed:
        write_atomically(path, data)
    return changed


def _remove_vanished(course: Course, loaded: Assignment) -> list[str]:
    """Take away the data of earlier releases that this one has not; return the names.

    Which data releases wrote is noted: instructors may put files of their own there.
    """
    note = course.state / "released_data" / f"{loaded.name}.json"
    before = json.loads(note.read_text("utf-8")) if note.is_file() else []
    folder = course.released(loaded.name).parent
    gone = [n for n in before if n not in loaded.files and (folder / n).is_file()]
    for name in gone:
        (folder / name).unlink()
    write_if_changed(note, json.dumps(sorted(loaded.files)))
    return gone
