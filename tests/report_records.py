"""Hand-made results, for everything that shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.model import Assignment, Finding, Result, Score

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def finding(message: str = "The sign is wrong.", **changed: Any) -> Finding:
    return replace(Finding(code="M08.1a", message=message, named=True), **changed)


def exercise(number: int, score: float, *findings: Finding, **changed: Any) -> Score:
    made = Score(
        id=f"G08.{number}",
        function=f"f{number}",
        score=score,
        max_score=4.0,
        findings=findings,
        parts=(("dW", score > 0), ("db", score == 4)),
        lecture="08_backpropagation",
    )
    return replace(made, **changed)


def record(*scores: Score, **changed: Any) -> Result:
    made = Result(
        student="ada",
        assignment="a07_backpropagation",
        status="graded",
        scores=scores,
        isolation="full",
        seconds=0.2,
        executed=True,
        run_s=0.1,
    )
    return replace(made, **changed)


def result_of(assignment: Assignment, student: str, share: float = 1.0) -> Result:
    """Return a result with a share of every exercise's points."""
    scores = tuple(
        Score(
            id=e.id,
            function=e.function,
            score=e.points * share,
            max_score=e.points,
            findings=(),
        )
        for e in assignment.exercises
    )
    return Result(
        student=student,
        assignment=assignment.name,
        status="graded",
        scores=scores,
        isolation="full",
        seconds=0.1,
        executed=True,
    )
