"""Answers to findings to points. Pure, and the only place where points are given."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction

from grader.judge.behaviour import behaviour
from grader.judge.diagnose import diagnose, not_again
from grader.judge.key import AnswerKey
from grader.judge.observe import Observed
from grader.judge.parts import earned
from grader.model import Answer, Finding, Outcome, Score
from grader.shares import points, worth_of

_CELL_MAGIC = re.compile(r"\s*(%%\w+)")
_OPEN_MAGICS = ("%%time", "%%capture", "%%prun")
"""Cell magics after which a notebook has the names that the cell defines."""
STEP = 100
"""Scores are cut to 1/STEP of a point; nothing rounds up."""


def judge(
    key: AnswerKey,
    answer: Answer,
    source: str = "",
    cell_fault: str = "",
    fresh: AnswerKey | None = None,
) -> Score:
    """Return the points of one exercise, with a reason for every point missing.

    Args:
        key: the exercise with its cases and expected values.
        answer: what the student's function gave.
        source: the student's cell, for remarks on style.
        cell_fault: how that cell ended, if it did not run through.
        fresh: the cases that this submission alone was asked, with expected values.
    """
    exercise = key.exercise
    if answer.fault:
        none = _none(key, Finding(code="fault", message=_sentence(answer.fault)))
        return replace(none, unseen=answer.not_run)
    if answer.missing:
        text = f"'{exercise.function}' is not defined: "
        if magic := _keeps_to_itself(source):
            text += f"'{magic}' on top of its cell keeps what the cell defines to itself: "
            text += "delete that line"
        else:
            text += f"its cell {cell_fault}" if cell_fault else "keep the task's name"
        return _none(key, Finding(code="missing", message=_sentence(text)))
    observed = _observed(key, answer)
    findings = diagnose(observed, source)
    parts = earned(observed)
    if fresh and fresh.cases:
        again = _fresh(observed, fresh, answer.fresh)
        before, parts = parts, earned(observed, again)
        if parts != before:
            findings = not_again(findings, again, source)
    return Score(
        id=exercise.id,
        function=exercise.function,
        score=_cut(points(exercise.points, parts)),
        max_score=exercise.points,
        findings=findings,
        parts=tuple((part.name, met) for part, met in parts),
        worth=tuple(map(float, worth_of(exercise.points, [part for part, _ in parts]))),
        lecture=exercise.lecture,
        behaviour=behaviour(observed) if _is_unnamed(findings) else "",
    )


def earns_all(key: AnswerKey, answer: Answer) -> bool:
    """Whether `judge` gives full marks; without looking for a reason where it does not."""
    if answer.fault or answer.missing:
        return False
    parts = earned(_observed(key, answer))
    return _cut(points(key.exercise.points, parts)) == key.exercise.points


def _observed(key: AnswerKey, answer: Answer) -> Observed:
    return Observed(key, answer.outcomes, answer.repeated, answer.slow).in_its_form()


def _cut(exact: Fraction) -> float:
    return math.floor(exact * STEP) / STEP


def _fresh(observed: Observed, fresh: AnswerKey, outcomes: tuple[Outcome, ...]) -> Observed:
    """Return the answer on new cases, measured by the form it has on the known ones."""
    return Observed(fresh, outcomes, form=observed.form)


def _keeps_to_itself(source: str) -> str:
    """Return the cell magic that keeps a cell's names from its notebook, or nothing."""
    found = _CELL_MAGIC.match(source)
    return found[1] if found and found[1] not in _OPEN_MAGICS else ""


def begun(score: Score, source: str) -> Score:
    """Return the score of an answer whose cell was written in.

    A blank's own values are no sign then that nobody has begun.

    Args:
        score: from `judge`.
        source: the student's cell.
    """
    if "raise NotImplementedError" in source:
        text = (
            f"'{score.function}' still stops at a line 'raise NotImplementedError': "
            "write your code in its place, and delete that line."
        )
    else:
        text = (
            f"'{score.function}' still gives what the empty task gives: your cell was "
            "changed, and nothing in it fills the task in."
        )
    return _said_instead(score, "leftover", text)


def overwritten(score: Score) -> Score:
    """Return the score where the empty cell of the task undoes an answer in another cell.

    Nobody has seen that answer fail, so a person looks.
    """
    text = (
        f"'{score.function}' is written in another cell, but the empty cell of the task "
        "runs after it: move your code into the task's cell. A person will look."
    )
    said = _said_instead(score, "overwritten", text)
    return replace(said, unseen=said != score)


def _said_instead(score: Score, code: str, message: str) -> Score:
    """Return a score that calls a blank something else; any other score as it is."""
    return replace(
        score,
        findings=tuple(
            replace(finding, code=code, message=message)
            if finding.code == "blank"
            else finding
            for finding in score.findings
        ),
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
