"""The command ``autograde``: whom to grade, and where the results go."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.cluster import grade_on_cluster
from grader.course import EXCHANGE_FILES, Course, only_grader
from grader.errors import DamagedNotebook, UsageError
from grader.files import read_untrusted, write_if_changed
from grader.gradebook import CourseGradebook, clear_write_errors
from grader.interrupts import Interrupts
from grader.limits import Limits
from grader.model import Assignment, Graded, Job, Result, Score
from grader.notebooks import read_submission
from grader.parallel import grade_many
from grader.pipeline import Grader
from grader.sandbox.levels import Level
from grader.source import load_assignment
from grader.store import AnswerStore

Progress = Callable[[Result], None]

EXCHANGE_BYTES = 1000
"""A timestamp or a secret of nbgrader's exchange has fewer than a hundred."""
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
    results = []
    with (
        clear_write_errors(course),
        only_grader(course),
        CourseGradebook(course) as gradebook,
        Interrupts().owned() as interrupts,
    ):
        desk = _Desk(course, grader, gradebook, interrupts)
        work = desk.work(chosen, force=force)
        stream = (
            grade_on_cluster(grader, work, scheduler=scheduler)
            if scheduler
            else grade_many(grader, work, jobs=jobs)
        )
        try:
            for graded in stream:
                results.append(desk.take(graded))
                on_result(results[-1])
        finally:
            gradebook.save()
    return sorted(results, key=lambda result: result.student)


class _Desk:
    """Where submissions leave to be graded and results come back to be kept.

    Ctrl-C waits while something is written.
    """

    def __init__(
        self,
        course: Course,
        grader: Grader,
        gradebook: CourseGradebook,
        interrupts: Interrupts,
    ) -> None:
        self._course = course
        self._assignment = grader.assignment
        self._key = grader.execution_key
        self._gradebook = gradebook
        self._interrupts = interrupts
        self._answers = AnswerStore(course.state / "answers")
        self._names: dict[str, str] = {}
        self._taken = 0
        with interrupts.held():
            gradebook.register(self._assignment)

    def work(self, students: Iterable[str], *, force: bool) -> Iterator[Job]:
        """Read submissions one by one; each has its rows before it is graded."""
        for student in students:
            submission = read_submission(self._course, student, self._assignment)
            with self._interrupts.held():
                self._gradebook.create_rows(submission)
            name = self._answers.name(self._key, submission.notebook or b"")
            self._names[student] = name
            stored = b"" if force else self._answers.get(name)
            yield Job(submission=submission, stored=stored)

    def take(self, graded: Graded) -> Result:
        """Keep one result; return it without its notebook, which is on disk now."""
        result = graded.result
        with self._interrupts.held():
            save(self._course, self._assignment, result, self._gradebook)
            self._answers.put(self._names.pop(result.student), graded.execution)
            self._taken += 1
            if self._taken % COMMIT_EVERY == 0:
                self._gradebook.save()
        return replace(result, notebook="")


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
        write_if_changed(path, result.notebook)
        _keep_exchange_files(course.submission(result.student, result.assignment), folder)
        gradebook.record(assignment, result)
    text = json.dumps(_as_record(result), ensure_ascii=False)
    write_if_changed(course.result(result.student, result.assignment), text)


def _keep_exchange_files(handed_in: Path, folder: Path) -> None:
    """Copy what nbgrader's exchange needs to hand the feedback back."""
    for name in EXCHANGE_FILES:
        # none there, or a link, or a giant: then there is nothing to hand back
        with contextlib.suppress(DamagedNotebook):
            data = read_untrusted(handed_in / name, limit=EXCHANGE_BYTES)
            write_if_changed(folder / name, data.decode("utf-8", "replace"))


def _as_record(result: Result) -> dict[str, Any]:
    """Return what pages and reports are made from: the same after every regrade."""
    record = as_json(result)
    del record["seconds"], record["executed"]
    for score, exercise in zip(result.scores, record["exercises"], strict=True):
        exercise["behaviour"] = score.behaviour
    return record | {"run_s": result.run_s, "untouched": list(result.untouched)}


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
        "limits": list(result.limits),
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
                "named": f.named,
                "remark": f.remark,
            }
            for f in score.findings
        ],
        "parts": dict(score.parts),
        "lecture": score.lecture,
    }
