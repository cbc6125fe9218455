"""Exercises whose answer is a dict of numbers, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

from grader.model import FOUR_DIGITS, Case, Exercise, Mistake

COLLECT = """
def drive(numbers):
    from fractions import Fraction

    return {k: float(v) if isinstance(v, Fraction) else v for k, v in numbers.items()}
"""


def by_hand(
    number: str,
    name: str,
    right: Mapping[str, float],
    mistakes: Mapping[str, tuple[Mapping[str, float], str]],
    *,
    lecture: str,
    points: float = 2,
) -> Exercise:
    """Return an exercise graded number by number, to four significant digits.

    Args:
        number: its id, e.g. ``X08.1``.
        name: of the dict the student fills in.
        right: the numbers by their keys.
        mistakes: code -> (the numbers that come out otherwise, sentence).
        lecture: where it is explained.
        points: for all numbers together.
    """
    return Exercise(
        id=number,
        function=name,
        points=points,
        reference=dict(right),
        inputs=lambda rng: [Case(name="the exercise", args=())],
        outputs=tuple(right),
        pack="dict",
        driver=COLLECT,
        tolerance=FOUR_DIGITS,
        unchanged="",
        lecture=lecture,
        mistakes=tuple(
            Mistake(code=code, variant={**right, **changed}, message=message)
            for code, (changed, message) in mistakes.items()
        ),
    )
