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
        "X04.1d": (
            dict(softplus=math.log10(1 + math.exp(0.5))),
            "This is a logarithm to the base 10. ln is the natural one, math.log.",
        ),
        "X04.1e": (
            dict(tanh_slope=1 - math.tanh(0.5)),
            "The slope of tanh is 1 minus the square of tanh; here the square is missing.",
        ),
        "X04.1f": (
            dict(silu_slope=0.5 * _S * (1 - _S)),
            "This is x times the slope of the sigmoid. The product rule has a second term: "
            "the sigmoid itself.",
        ),
        "X04.1g": (
            dict(tanh_slope=math.tanh(0.5) * (1 - math.tanh(0.5))),
            "The rule a(1 - a) belongs to the sigmoid. For tanh it is 1 - a².",
        ),
        "X04.1j": (
            dict(tanh_slope=math.tanh(0.5)),
            "This is the value of tanh. Its slope is asked for.",
        ),
        "X04.1h": (
            dict(softplus=_S),
            "This is the slope of softplus. Its value is the logarithm.",
        ),
        "X04.1i": (
            dict(silu_slope=0.5 * _S),
            "This is the value of SiLU, x times the sigmoid. Its slope is asked for.",
        ),
    },
    lecture=f"{LECTURE}#The-table",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(sigmoid=0.622459, sigmoid_slope=0.235004, tanh_slope=0.786448)
    wanted |= dict(softplus=0.974077, silu_slope=0.739961)
    same_numbers(EXERCISE.reference, wanted, atol=5e-7)
