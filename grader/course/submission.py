"""What one student handed in, as bytes and a date, or the reason why it cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.course import timestamps
from grader.course.beside import files_beside
from grader.course.candidates import find_notebook
from grader.course.files import UntrustedFolder
from grader.course.folder import Course
from grader.course.notebooks import writable
from grader.errors import DamagedNotebook
from grader.model import Assignment, Submission

TIMESTAMP_FILE = "timestamp.txt"
MAX_TIMESTAMP_BYTES = 200


def read_submission(course: Course, student: str, assignment: Assignment) -> Submission:
    """Return what a student handed in; a reason instead of a notebook if unreadable."""
    name = assignment.name
    timestamp, doubt = None, ""
    beside: dict[str, bytes] = {}
    try:
        with course.open_submission(student, name) as folder:
            timestamp, doubt = _timestamp(folder, course.released_at(name))
            data, repairs = find_notebook(folder, assignment)
            beside, others = files_beside(folder, assignment.files)
    except DamagedNotebook as error:
        data, problem, repairs = None, writable(str(error)), ()
    else:
        problem, repairs = "", (*repairs, *others)
    said = (*repairs, doubt) if doubt else repairs
    return Submission(
        student=student,
        assignment=name,
        notebook=data,
        problem=problem,
        repairs=tuple(map(writable, said)),
        timestamp=timestamp,
        beside=beside,
    )


def _timestamp(
    folder: UntrustedFolder, released: datetime | None
) -> tuple[datetime | None, str]:
    """Return the date in ``timestamp.txt``, the student's word, and doubts about it."""
    if TIMESTAMP_FILE not in folder.names():
        return None, ""
    try:
        data = folder.read(TIMESTAMP_FILE, limit=MAX_TIMESTAMP_BYTES)
    except DamagedNotebook as error:
        return None, f"no date could be read: {error}"
    text = data.decode("utf-8-sig", "replace").strip()
    arrived = datetime.fromtimestamp(folder.arrived(TIMESTAMP_FILE), UTC)
    return timestamps.parsed(text), timestamps.doubts(text, released, arrived)
