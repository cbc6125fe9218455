"""What the points of an exercise fall into, and how many each part is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from grader.model import Exercise, Part

OUTPUT_SHARE = Fraction(8, 10)
"""What right outputs earn together where an exercise names requirements and no parts."""


def parts_of(exercise: Exercise, edges: Sequence[str]) -> tuple[Part, ...]:
    """Return an exercise's parts; where it lists none, every output and requirement is one.

    Then the outputs weigh the same, the requirements the same, and `OUTPUT_SHARE` all
    outputs together.

    Args:
        exercise: the exercise.
        edges: the requirements that its cases try, each once.
    """
    if exercise.parts:
        return exercise.parts
    outputs = OUTPUT_SHARE if edges else Fraction(1)
    each = outputs / len(exercise.outputs)
    return (
        *(Part(name=name, weight=each, output=name) for name in exercise.outputs),
        *(Part(name=e, weight=(1 - outputs) / len(edges), edge=e) for e in edges),
    )


def points(worth: float, parts: Sequence[tuple[Part, bool]]) -> Fraction:
    """Return the exact points that the parts earn together which are met."""
    shares = worth_of(worth, [part for part, _ in parts])
    met = (share for share, (_, is_met) in zip(shares, parts, strict=True) if is_met)
    return sum(met, Fraction(0))


def worth_of(worth: float, parts: Iterable[Part]) -> tuple[Fraction, ...]:
    """Return how many of an exercise's points each part is worth."""
    weights = [Fraction(str(part.weight)) for part in parts]
    whole = Fraction(str(worth))
    return tuple(whole * weight / sum(weights) for weight in weights)
