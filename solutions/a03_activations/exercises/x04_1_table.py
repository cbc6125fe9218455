"""X04.1 `table`."""

from __future__ import annotations

import math

from grader.course.by_hand import by_hand

from ..._shared import same_numbers
from ..._shared import sigmoid as logistic
from ._shared import LECTURE

_S = float(logistic(0.5))


BY_HAND = {
    "sigmoid": _S,
    "sigmoid_slope": _S * (1 - _S),
    "tanh_slope": 1 - math.tanh(0.5) ** 2,
    "softplus": math.log1p(math.exp(0.5)),
    "silu_slope": _S + 0.5 * _S * (1 - _S),
}
"""B9, the row x = 0.5."""


EXERCISE = by_hand(
    "X04.1",
    "table",
    BY_HAND,
    {
        "X04.1a": (
            dict(
                sigmoid_slope=0.25, tanh_slope=0.75, silu_slope=float(logistic(0.5)) + 0.125
            ),
            "This is what a(1 - a) and 1 - a² give with x in place of the activation a "
            "(or the slope at 0).",
        ),
        "X04.1b": (
            dict(sigmoid=1 - float(logistic(0.5))),
            "The exponent has the wrong sign: for a positive x the sigmoid lies "
            "above one half.",
        ),
        "X04.1c": (
            dict(silu_slope=float(logistic(0.5))),
            "x times sigmoid(x) is a product, and both factors depend on x: one "
            "term of the product rule is missing.",
        ),
    },
    lecture=f"{LECTURE}#The-table",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(sigmoid=0.622459, sigmoid_slope=0.235004, tanh_slope=0.786448)
    wanted |= dict(softplus=0.974077, silu_slope=0.739961)
    same_numbers(EXERCISE.reference, wanted, atol=5e-7)
