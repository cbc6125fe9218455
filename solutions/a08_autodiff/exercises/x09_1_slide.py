"""X09.1 `slide`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import CLOSE, LECTURE, slide


def _slide() -> dict[str, float]:
    """B5: f = (x + y) max(y, z) at (1, 2, 0), and at the tie (1, 2, 2)."""
    x, y, z = 1.0, 2.0, 0.0
    a, b = x + y, max(y, z)
    right = {"a": a, "b": b, "f": a * b, "df_da": b, "df_db": a}
    right |= {"df_dx": b, "df_dy": b + a, "df_dz": 0.0}
    return right | {"tie_df_dy": b + a / 2, "tie_df_dz": a / 2}


EXERCISE = by_hand(
    "X09.1",
    "slide",
    _slide(),
    {
        "M09.1a": (
            {"df_da": 3.0, "df_db": 2.0},
            "The product hands each branch the value of the branch itself. It has to be "
            "that of the other one.",
        ),
        "M09.3a": (
            {"df_dy": 3.0},
            "Only one of the two roads from y to f has been counted.",
        ),
        "M09.3b": (
            {"df_dy": 2.0},
            "Only one of the two roads from y to f has been counted.",
        ),
        "M09.3d": (
            {"df_dy": 6.0},
            "The two roads from y were multiplied with each other. Multiply along a road, "
            "and think again about what happens where roads meet.",
        ),
        "M09.3e": (
            {"df_dz": 3.0},
            "Move z a little and see what the maximum does.",
        ),
        "M09.2a": (
            {"tie_df_dy": 2.0, "tie_df_dz": 0.0},
            "At the tie the maximum passes nothing on. Yet it does move when y and z move "
            "together.",
        ),
        "M09.2b": (
            {"tie_df_dy": 5.0, "tie_df_dz": 3.0},
            "At the tie the whole gradient went to both sides, which counts it twice.",
        ),
        "X09.1a": (
            {"tie_df_dy": 2.5},
            "This is one half of all that y gets without a tie. Only what comes through the "
            "maximum is shared; the road through the sum stays whole.",
        ),
        "X09.1b": (
            {"tie_df_dy": 1.5},
            "At the tie the road from y through the sum is missing.",
        ),
        "X09.1c": (
            {"tie_df_dy": 3.0, "tie_df_dz": 1.0},
            "The value of the maximum was divided by two. It is the gradient arriving at "
            "the maximum that is shared.",
        ),
        "X09.1d": (
            {"b": 0.0, "f": 0.0},
            "The smaller number was taken for max(y, z). It is the larger one.",
        ),
        "tie": (
            {"tie_df_dy": 5.0, "tie_df_dz": 0.0},
            "At the tie one side took everything. The course divides it evenly.",
        ),
        "tie z": (
            {"tie_df_dy": 2.0, "tie_df_dz": 3.0},
            "At the tie one side took everything. The course divides it evenly.",
        ),
    },
    lecture=f"{LECTURE}#The-example-by-hand",
)


# --- other right ways of writing it ---------------------------------------------------


RIGHT_WAYS = [{name: Fraction(number) for name, number in _slide().items()}]


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_slides() -> None:
    right = EXERCISE.reference
    assert [right[name] for name in ("a", "b", "f")] == [3, 2, 6]
    np.testing.assert_allclose([right[f"df_d{v}"] for v in "xyz"], [2, 5, 0], **CLOSE)


def witness_autograd_at_the_tie() -> None:
    right = EXERCISE.reference
    _, dy, dz = autograd(slide, 1.0, 2.0, 2.0)
    np.testing.assert_allclose([right["tie_df_dy"], right["tie_df_dz"]], [dy, dz], **CLOSE)
