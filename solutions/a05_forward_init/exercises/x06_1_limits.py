"""X06.1 `limits`."""

from __future__ import annotations

import math

from grader.course.by_hand import by_hand

from ..._shared import same_numbers
from ._shared import LECTURE

BY_HAND = {
    "glorot_4_6": math.sqrt(6 / 10),
    "glorot_6_3": math.sqrt(6 / 9),
    "he_4": math.sqrt(6 / 4),
    "he_std_4": math.sqrt(2 / 4),
    "std_z": 0.01 * math.sqrt(1000 / 3),
}
"""B10: limits, a standard deviation, and the spread of z."""


EXERCISE = by_hand(
    "X06.1",
    "limits",
    BY_HAND,
    {
        "X06.1a": (
            dict(std_z=0.01 * math.sqrt(1000)),
            "0.01 is the limit of the uniform distribution, not its standard "
            "deviation: that one is smaller by the root of 3.",
        ),
        "X06.1b": (
            dict(std_z=0.01 / math.sqrt(3) * 1000),
            "Standard deviations do not add up: of a sum of independent terms "
            "the variances do, so 1000 terms give a factor of the root of 1000.",
        ),
        "X06.1c": (
            dict(he_std_4=math.sqrt(6 / 4), he_4=math.sqrt(2 / 4)),
            "The limit and the standard deviation are exchanged: the limit of a "
            "uniform distribution is the root of 3 times its standard deviation.",
        ),
    },
    lecture=f"{LECTURE}#How-to-start:-how-large?",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(glorot_4_6=0.7745967, glorot_6_3=0.8164966, he_4=1.2247449)
    wanted |= dict(he_std_4=0.7071068, std_z=0.1825742)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
