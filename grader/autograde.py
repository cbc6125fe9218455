"""The command ``autograde``: whom to grade, and where the results go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from grader.cluster import grade_on_cluster
from grader.course import Course, only_grader
from grader.errors import UsageError
from grader.files import write_atomically
from grader.gradebook import CourseGradebook
from grader.interrupts import Interrupts
from grader.limits import Limits
from grader.model import Assignment, Job, Result, Score
from grader.notebooks import read_submission
from grader.parallel import grade_many
from grader.pipeline import Grader
from grader.sandbox.levels import Level
from grader.source import load_assignment
from grader.store import AnswerStore

Progress = Callable[[Result], None]

COMMIT_EVERY = 20
"""Results per database transaction; what a kill loses of it, the next run records."""


def autograde(
    course: Course,
    name: str,
    *,
    students: Iterable[str] = (),
    jobs: int = 1,
    isolation: Level = "namespaces",
    limits: Limits | None = None,
    force: bool = False,
    scheduler: str = "",
    on_result: Progress = lambda result: None,
) -> list[Result]:
    """Grade an assignment's submissions and write everything nbgrader expects.

    Args:
        course: the course.
        name: the assignment.
        students: whom to grade; everyone who handed in if empty.
        jobs: worker processes.
        isolation: the least confinement of student code that is accepted.
        limits: in place of the assignment's own.
        scheduler: address of a Dask scheduler; then ``jobs`` does not matter.
        force: run everything anew, whatever was kept of earlier runs.
        on_result: called after each result has been recorded.

    Returns:
        The results, sorted by student.
    """
    assignment = load_assignment(course, name)
    if limits:
        assignment = replace(assignment, limits=limits)
    chosen = _chosen(course, name, tuple(students))
    grader = Grader(assignment, course.secret(), isolation)
    answers = AnswerStore(course.state / "answers")
    results = []
    with (
        only_grader(course),
        CourseGradebook(course) as gradebook,
        Interrupts().owned() as interrupts,
    ):
        with interrupts.held():
            gradebook.register(assignment)
        names: dict[str, str] = {}

        def work() -> Iterator[Job]:
            """Read submissions one by one; each has its rows before it is graded."""
            for student in chosen:
                submission = read_submission(course, student, assignment)
                with interrupts.held():
                    gradebook.create_rows(submission)
                name = answers.name(grader.execution_key, submission.notebook or b"")
                names[student] = name
                yield Job(submission=submission, stored=b"" if force else answers.get(name))

        stream = (
            grade_on_cluster(grader, work(), scheduler=scheduler)
            if scheduler
            else grade_many(grader, work(), jobs=jobs)
        )
        try:
            for graded in stream:
                with interrupts.held():
                    save(course, assignment, graded.result, gradebook)
                    answers.put(names.pop(graded.result.student), graded.execution)
                    results.append(replace(graded.result, notebook=""))
                    if len(results) % COMMIT_EVERY == 0:
                        gradebook.save()
                on_result(results[-1])
        finally:
            gradebook.save()
    return sorted(results, key=lambda result: result.student)


def _chosen(course: Course, name: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    present = course.students(name)
    for student in wanted:
        if student not in present:
            known = ", ".join(present[:10]) or "nobody"
            raise UsageError(
                f"'{student}' has not handed in '{name}'; those who have: {known}"
            )
    return wanted or present


def save(
    course: Course, assignment: Assignment, result: Result, gradebook: CourseGradebook
) -> None:
    """Write the executed notebook, the scores and the reasons of one result."""
    if not result.grader_fault:
        folder = course.autograded(result.student, result.assignment)
        path = folder / f"{result.assignment}.ipynb"
        write_atomically(path, result.notebook, durable=False)
        gradebook.record(assignment, result)
    text = json.dumps(as_json(result), ensure_ascii=False)
    path = course.result(result.student, result.assignment)
    write_atomically(path, text, durable=False)


def as_json(result: Result) -> dict[str, Any]:
    """Return a result in the form of ``--json``."""
    return {
        "student": result.student,
        "assignment": result.assignment,
        "status": result.status,
        "score": round(result.score, 2),
        "max_score": round(result.max_score, 2),
        "isolation": result.isolation,
        "seconds": result.seconds,
        "executed": result.executed,
        "repairs": list(result.repairs),
        "problem": result.problem or result.grader_fault,
        "exercises": [_exercise_json(score) for score in result.scores],
    }


def _exercise_json(score: Score) -> dict[str, Any]:
    return {
        "id": score.id,
        "function": score.function,
        "score": score.score,
        "max_score": score.max_score,
        "findings": [
            {
                "code": f.code,
                "output": f.output,
                "message": f.message,
                "lecture": f.lecture,
            }
            for f in score.findings
        ],
        "parts": dict(score.parts),
        "lecture": score.lecture,
    }
