"""X06.1 `limits`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grader.course.by_hand import by_hand
from grader.model import Evidence, Mistake, Returned

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
NEAR, FOUR = 0.05, 1e-3
"""How far off a simulation of z may be, and numbers that are right to about four digits."""


def _about_right(evidence: Evidence) -> bool:
    """Whether the spread of z is nearly right, and all other numbers are right."""
    (outcome,) = evidence.outcomes
    if not isinstance(outcome, Returned) or not isinstance(outcome.value, Mapping):
        return False
    ratio = {key: outcome.value[key] / right for key, right in BY_HAND.items()}
    near = abs(ratio.pop("std_z") - 1) < NEAR
    return near and all(abs(r - 1) < FOUR for r in ratio.values())


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
        "X06.1d": (
            dict(glorot_4_6=2 / 10, glorot_6_3=2 / 9),
            "These are variances. The limit is the root of 3 times the standard deviation, "
            "and that is the root of the variance.",
        ),
        "X06.1e": (
            dict(glorot_4_6=6 / 10, glorot_6_3=6 / 9),
            "These are the squares of the limits: a root is missing.",
        ),
        "X06.1f": (
            dict(glorot_4_6=math.sqrt(2 / 10), glorot_6_3=math.sqrt(2 / 9)),
            "These are standard deviations. The limit of a uniform distribution lies the "
            "root of 3 times as far.",
        ),
        "X06.1g": (
            dict(he_std_4=2 / 4),
            "This is the variance. Its root is the standard deviation.",
        ),
        "X06.1h": (
            dict(std_z=1000 * 0.01**2 / 3),
            "This is the variance of z. Its root is the standard deviation.",
        ),
        "X06.1i": (
            dict(he_4=6 / 4),
            "This is the square of the limit: the root is missing.",
        ),
        "X06.1j": (
            dict(he_4=math.sqrt(2 / 4)),
            "This is He's standard deviation. The limit lies the root of 3 times as far.",
        ),
        "X06.1k": (
            dict(he_std_4=math.sqrt(6 / 4)),
            "This is He's limit. The standard deviation is smaller by the root of 3.",
        ),
    },
    lecture=f"{LECTURE}#How-to-start:-how-large?",
)
EXERCISE = replace(
    EXERCISE,
    mistakes=(
        *EXERCISE.mistakes,
        Mistake(
            code="X06.1l",
            detect=_about_right,
            message="Close, but not right to four digits. A simulation is not exact "
            "enough, nor is rounding on the way: use the formula for the variance of a sum.",
        ),
    ),
)


# --- examples of mistakes -------------------------------------------------------------


def _simulated(seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    z = rng.uniform(-0.01, 0.01, (2000, 1000)) @ rng.normal(size=1000)
    return {**BY_HAND, "std_z": float(np.std(z))}


WRONG_WAYS = {
    "X06.1l": [_simulated(0), {**BY_HAND, "std_z": 0.18}],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(glorot_4_6=0.7745967, glorot_6_3=0.8164966, he_4=1.2247449)
    wanted |= dict(he_std_4=0.7071068, std_z=0.1825742)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
