"""The results of one assignment as the grader left them on disk."""

from __future__ import annotations

import json
from typing import Any

from grader.course import Course
from grader.errors import UsageError

Record = dict[str, Any]
"""A result as in ``--json``, with what pages need besides (`grader.autograde`)."""


def test_cell_id(exercise: str, function: str) -> str:
    """Return the grade id of an exercise's test cell: ``G08-2-hidden_delta``."""
    return f"{exercise.replace('.', '-')}-{function}"


def read_records(
    course: Course, assignment: str, students: tuple[str, ...] = ()
) -> dict[str, Record]:
    """Return the records by student, sorted.

    Args:
        course: the course.
        assignment: its name.
        students: whose; everybody's if empty.

    Raises:
        UsageError: somebody who was named has no result.
    """
    folder = course.result("x", assignment).parent
    found = sorted(path.stem for path in folder.glob("*.json"))
    for student in students:
        if student not in found:
            known = ", ".join(found[:10]) or "nobody"
            raise UsageError(
                f"'{assignment}' of '{student}' has not been graded; those who have "
                f"results: {known}"
            )
    return {
        student: json.loads(course.result(student, assignment).read_text("utf-8"))
        for student in (students or found)
    }
