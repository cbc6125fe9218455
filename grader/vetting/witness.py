"""What the witnesses in an exercise's file ask for: arguments and expected values."""

from __future__ import annotations

from typing import Any

from grader.judge.key import AnswerKey
from grader.model import Exercise, Returned


def expected(exercise: Exercise, seed: int = 0) -> list[tuple[tuple[Any, ...], Any]]:
    """Return pairs of a case's arguments and the reference's value."""
    key = AnswerKey(exercise, seed)
    return [
        (case.args, outcome.value)
        for case, outcome in zip(key.cases, key.expected, strict=True)
        if isinstance(outcome, Returned)
    ]
