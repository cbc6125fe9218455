"""A fault of the judge costs nobody anything, and is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grader.course.folder import Course
from grader.errors import SourceError
from grader.grading.submission import Grader
from grader.judge import memory
from grader.judge.key import AnswerKey, Question
from grader.judge.score import judge
from grader.model import (
    Answer,
    Assignment,
    Execution,
    Graded,
    Job,
    Outcome,
    Prepared,
    Submission,
)

BROKEN = "G08.2"


def expected(fresh: AnswerKey | None) -> tuple[Outcome, ...]:
    """Return what is right for new cases; many exercises have none."""
    return fresh.expected if fresh and fresh.cases else ()


@pytest.fixture
def graded(
    course: Course, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception | None], Graded]:
    """A function that grades right answers while the judge fails on one exercise."""

    def right(
        grader: Grader, prepared: Prepared, questions: Mapping[str, Question]
    ) -> Execution:
        answers = {
            question.key.exercise.id: Answer(
                outcomes=question.key.expected,
                fresh=expected(question.fresh),
                repeated=question.key.expected[0],
            )
            for question in questions.values()
        }
        return Execution(runs={}, answers=answers, isolation="full")

    def grade(fault: Exception | None) -> Graded:
        def failing(key: Any, *args: Any) -> Any:
            if fault and key.exercise.id == BROKEN:
                raise fault
            return judge(key, *args)

        monkeypatch.setattr(Grader, "_execute", right)
        monkeypatch.setattr(memory, "judge", failing)
        notebook = course.released(assignment.name).read_bytes()
        submission = Submission(
            student="ada", assignment=assignment.name, notebook=notebook
        )
        return Grader(assignment, b"s").grade_one(Job(submission=submission))

    return grade


@pytest.mark.parametrize(
    "fault",
    [ValueError("x" * 100_000), SourceError("no table"), RecursionError(), MemoryError()],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_of_judging_one_exercise_is_its_own(
    graded: Callable[[Exception | None], Graded], fault: Exception
) -> None:
    result = graded(fault).result
    assert result.status == "failed"
    assert type(fault).__name__ in result.grader_fault  # so that nothing is recorded
    assert BROKEN in result.problem
    assert len(result.grader_fault) < 5000
    lost = {score.id for score in result.scores if score.score < score.max_score}
    assert lost == {BROKEN}
    (finding,) = next(s for s in result.scores if s.id == BROKEN).findings
    assert finding.code == "unjudged"


def test_what_was_run_is_kept_although_it_could_not_be_judged(
    graded: Callable[[Exception | None], Graded],
) -> None:
    assert graded(ValueError()).execution


def test_without_a_fault_nothing_is_said(
    graded: Callable[[Exception | None], Graded],
) -> None:
    result = graded(None).result
    assert (result.status, result.problem, result.grader_fault) == ("graded", "", "")
    assert result.score == result.max_score
