"""Answers to findings to points. Pure, and the only place where points are given."""

from __future__ import annotations

import math
from fractions import Fraction

from grader.check.behaviour import behaviour
from grader.check.diagnose import diagnose
from grader.check.key import AnswerKey
from grader.check.views import Observed
from grader.model import Answer, Finding, Score

OUTPUT_SHARE = Fraction(8, 10)
"""What right outputs earn together where the task names requirements besides."""
STEP = 100
"""Scores are cut to 1/STEP of a point; nothing rounds up."""


def judge(key: AnswerKey, answer: Answer, source: str = "", cell_fault: str = "") -> Score:
    """Return the points of one exercise, with a reason for every point missing.

    Args:
        key: the exercise with its cases and expected values.
        answer: what the student's function gave.
        source: the student's cell, for remarks on style.
        cell_fault: how that cell ended, if it did not run through.
    """
    exercise = key.exercise
    if answer.fault:
        return _none(key, Finding(code="fault", message=_sentence(answer.fault)))
    if answer.missing:
        text = f"'{exercise.function}' is not defined"
        text += f": its cell {cell_fault}" if cell_fault else ": keep the task's name"
        return _none(key, Finding(code="missing", message=_sentence(text)))
    observed = Observed(key, answer.outcomes, answer.repeated, answer.slow).in_its_form()
    findings = diagnose(observed, source)
    outputs = observed.earned_outputs
    return Score(
        id=exercise.id,
        function=exercise.function,
        score=_points(exercise.points, outputs, observed.requirements),
        max_score=exercise.points,
        findings=findings,
        parts=outputs + observed.requirements,
        lecture=exercise.lecture,
        behaviour=behaviour(observed) if _is_unnamed(findings) else "",
    )


def _is_unnamed(findings: tuple[Finding, ...]) -> bool:
    """Whether an answer is wrong in a way that no table of mistakes has a name for."""
    faults = [f for f in findings if not f.remark and f.code != "blank"]
    return bool(faults) and not any(finding.named for finding in faults)


def unanswered(key: AnswerKey, code: str, reason: str) -> Score:
    """Return zero points for an exercise that could not be looked at at all."""
    return _none(key, Finding(code=code, message=_sentence(reason)))


def _none(key: AnswerKey, finding: Finding) -> Score:
    exercise = key.exercise
    return Score(
        id=exercise.id,
        function=exercise.function,
        score=0.0,
        max_score=exercise.points,
        findings=(finding,),
        lecture=exercise.lecture,
    )


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:].strip()
    return text if text.endswith((".", "!", "?")) else text + "."


def _points(
    points: float,
    outputs: tuple[tuple[str, bool], ...],
    requirements: tuple[tuple[str, bool], ...],
) -> float:
    """Weigh outputs and requirements; exact arithmetic, cut downwards."""
    earned = _share(outputs)
    if requirements:
        earned = OUTPUT_SHARE * earned + (1 - OUTPUT_SHARE) * _share(requirements)
    exact = Fraction(str(points)) * earned
    return math.floor(exact * STEP) / STEP


def _share(parts: tuple[tuple[str, bool], ...]) -> Fraction:
    return Fraction(sum(ok for _, ok in parts), len(parts))
