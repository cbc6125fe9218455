"""The results of one assignment as the grader left them on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader.course.folder import Course
from grader.errors import UnsettledError, UsageError

Record = dict[str, Any]
"""A result as in ``--json``, with what pages need besides (`grader.commands.autograde`)."""


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
    found = course.graded(assignment)
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


def unsettled(
    records: Mapping[str, Record], scores: Mapping[str, Mapping[str, float | None]]
) -> list[str]:
    """Return the students whose result says other points than the gradebook."""
    return [
        student
        for student, record in records.items()
        if any(
            scores.get(student, {}).get(cell, points) != points
            for cell, points in _points(record)
        )
    ]


def require_settled(
    assignment: str,
    records: Mapping[str, Record],
    scores: Mapping[str, Mapping[str, float | None]],
) -> None:
    """Make sure that no page says other points than the gradebook.

    Args:
        assignment: its name.
        records: what pages are made from.
        scores: the gradebook's automatic scores, by student and grade id.

    Raises:
        UnsettledError: the grader was killed between the two, or is at work.
    """
    apart = unsettled(records, scores)
    if apart:
        some = ", ".join(apart[:5]) + (", …" if len(apart) > 5 else "")
        raise UnsettledError(
            f"{assignment}: the points of {some} in the gradebook are not those of the "
            "last results: grading was interrupted, or is under way. Run 'grader autograde "
            f"{assignment}' (what was done is not done again), then this command"
        )


def _points(record: Record) -> Iterator[tuple[str, float]]:
    for exercise in record["exercises"]:
        yield test_cell_id(exercise["id"], exercise["function"]), exercise["score"]
