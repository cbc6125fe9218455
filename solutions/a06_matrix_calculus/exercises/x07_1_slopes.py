"""X07.1 `slopes`."""

from __future__ import annotations

import math

from grader.course.by_hand import by_hand

from ..._shared import same_numbers
from ._shared import LECTURE

BY_HAND = {
    "cube_at_1": 3.0,
    "cube_at_4": 48.0,
    "dz_dx": 12.0,
    "sin_square": math.cos(0.49) * 1.4,
    "two_roads": 5.0,
}
"""B4 and the step of lecture 07: derivatives of small compositions."""


EXERCISE = by_hand(
    "X07.1",
    "slopes",
    BY_HAND,
    {
        "X07.1a": (
            dict(sin_square=math.cos(0.49), dz_dx=3.0),
            "The inner derivative is missing: the outer slope has to be "
            "multiplied by the slope of what is inside.",
        ),
        "X07.1b": (
            dict(sin_square=math.cos(0.7) * 1.4),
            "The outer derivative is taken at x. It belongs at g(x), which is "
            "what the outer function receives.",
        ),
        "X07.1c": (
            dict(two_roads=4.0),
            "Two roads lead from s to z: multiply along each of them, then add "
            "the two products.",
        ),
    },
    lecture=f"{LECTURE}#A-derivative-is-a-factor",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(cube_at_1=3, cube_at_4=48, dz_dx=12, sin_square=1.235266, two_roads=5)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
