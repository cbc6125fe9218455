"""What an answer to one exercise earns, and what is said about it."""

from __future__ import annotations

from functools import cache
from typing import Any

from course_exercises import find

from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.model import Score


@cache
def key_of(exercise_id: str, seed: int) -> AnswerKey:
    """Return the key of an exercise, worked out once for all that ask."""
    return AnswerKey(find(exercise_id), seed)


def verdict(exercise_id: str, answer: Any, seed: int = 0, source: str = "") -> Score:
    """Judge an answer, a function or a value."""
    key = key_of(exercise_id, seed)
    return judge(key, key.answer_of(answer), source)


def said(score: Score) -> list[str]:
    """Return the codes of what is said, in its order."""
    return [finding.code for finding in score.findings]
