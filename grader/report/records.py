"""Results as JSON: what ``--json`` writes, and what pages are made from later on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.course.files import write_if_changed
from grader.course.folder import Course
from grader.errors import UnsettledError, UsageError
from grader.model import Finding, Result, Score
from grader.report.harmless import lines


def as_json(result: Result) -> dict[str, Any]:
    """Return a result as plain data, without the notebook and with harmless texts."""
    return {
        "student": result.student,
        "assignment": result.assignment,
        "status": result.status,
        "score": result.score,
        "max_score": result.max_score,
        "isolation": result.isolation,
        "seconds": result.seconds,
        "executed": result.executed,
        "run_s": result.run_s,
        "repairs": [lines(text) for text in result.repairs],
        "problem": lines(result.problem or result.grader_fault),
        "limits": [lines(text) for text in result.limits],
        "untouched": list(result.untouched),
        "exercises": [_score_json(score) for score in result.scores],
    }


def _score_json(score: Score) -> dict[str, Any]:
    findings = [
        asdict(f) | {"message": lines(f.message), "example": lines(f.example)}
        for f in score.findings
    ]
    return asdict(score) | {"findings": findings, "parts": dict(score.parts)}


def from_json(data: Mapping[str, Any]) -> Result:
    """Return the result that `as_json` made this of, without what it leaves out.

    Raises:
        KeyError, TypeError: something is missing, or there is more than there should be.
    """
    return Result(
        student=data["student"],
        assignment=data["assignment"],
        status=data["status"],
        scores=tuple(_score(score) for score in data["exercises"]),
        isolation=data["isolation"],
        seconds=data.get("seconds", 0.0),
        executed=data.get("executed", False),
        run_s=data["run_s"],
        limits=tuple(data["limits"]),
        repairs=tuple(data["repairs"]),
        problem=data["problem"],
        untouched=tuple(data["untouched"]),
    )


def _score(data: Mapping[str, Any]) -> Score:
    findings = tuple(Finding(**finding) for finding in data["findings"])
    parts = tuple(data["parts"].items())
    worth = tuple(data["worth"])
    return Score(**{**data, "findings": findings, "parts": parts, "worth": worth})


def write_record(path: Path, result: Result) -> None:
    """Keep a result, the same text after every regrade that comes to the same."""
    record = as_json(result)
    del record["seconds"], record["executed"]
    write_if_changed(path, json.dumps(record, ensure_ascii=False))


def read_record(path: Path) -> Result:
    """Return a result that was kept.

    Raises:
        UnsettledError: it cannot be read.
    """
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnsettledError(
            f"the result in '{path}' is damaged or of another version "
            f"({type(error).__name__}: {error}). Run 'grader autograde "
            f"{path.parents[1].name}' (what "
            "was done is not done again), then this command"
        ) from error


def test_cell_id(exercise: str, function: str) -> str:
    """Return the grade id of an exercise's test cell: ``G08-2-hidden_delta``."""
    return f"{exercise.replace('.', '-')}-{function}"


def read_records(
    course: Course, assignment: str, students: tuple[str, ...] = ()
) -> dict[str, Result]:
    """Return the kept results by student, sorted.

    Args:
        course: the course.
        assignment: its name.
        students: whose; everybody's if empty.

    Raises:
        UsageError: somebody who was named has no result.
        UnsettledError: a result cannot be read.
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
        student: read_record(course.result(student, assignment))
        for student in (students or found)
    }


def unsettled(
    records: Mapping[str, Result], scores: Mapping[str, Mapping[str, float | None]]
) -> list[str]:
    """Return the students whose result says other points than the gradebook."""
    return [
        student
        for student, record in records.items()
        if record.status == "graded"
        and any(
            scores.get(student, {}).get(cell, points) != points
            for cell, points in _points(record)
        )
    ]


def require_settled(
    assignment: str,
    records: Mapping[str, Result],
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


def _points(record: Result) -> Iterator[tuple[str, float]]:
    for score in (score for score in record.scores if not score.unseen):
        yield test_cell_id(score.id, score.function), score.score
