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
        "X07.1d": (
            dict(two_roads=1.0),
            "One road from s to z is missing: s reaches z through x and through y.",
        ),
        "X07.1e": (
            dict(two_roads=2.0),
            "This is the value of z at s = 1, or the two slopes by s multiplied with each "
            "other. Each road has two factors of its own; the roads are added.",
        ),
        "X07.1f": (
            dict(two_roads=3.0),
            "The slopes of x and y by s are added. Each of them still has to be multiplied "
            "by the slope of z along its road.",
        ),
        "X07.1g": (
            dict(cube_at_1=1.0, cube_at_4=64.0, sin_square=math.sin(0.49)),
            "This is the value of the function, not its slope.",
        ),
        "X07.1h": (
            dict(cube_at_1=1.0, cube_at_4=16.0),
            "The exponent is one less, as it should be, but it has not come down as a "
            "factor.",
        ),
        "X07.1i": (
            dict(cube_at_4=12.0),
            "The exponent has come down as a factor, but x is not squared any more.",
        ),
        "X07.1j": (
            dict(sin_square=math.cos(math.radians(0.49)) * 1.4),
            "The cosine was taken in degrees. Derivatives of sin and cos hold in radians.",
        ),
        "X07.1k": (
            dict(sin_square=math.cos(1.4)),
            "The slope of x^2 was put into the cosine. The cosine receives x^2 itself, and "
            "the slope of x^2 is a factor beside it.",
        ),
        "X07.1l": (
            dict(sin_square=-math.cos(0.49) * 1.4),
            "The sign is wrong: the derivative of the sine is plus the cosine.",
        ),
        "X07.1m": (
            dict(dz_dx=7.0),
            "The two slopes are added. Along one road they multiply.",
        ),
        "X07.1n": (
            dict(dz_dx=4.0),
            "This is the slope of y by x. z is made from y, and that brings one more factor.",
        ),
    },
    lecture=f"{LECTURE}#A-derivative-is-a-factor",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(cube_at_1=3, cube_at_4=48, dz_dx=12, sin_square=1.235266, two_roads=5)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
