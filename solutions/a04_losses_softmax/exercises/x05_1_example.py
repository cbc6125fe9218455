"""X05.1 `example`."""

from __future__ import annotations

import math

from grader.course.by_hand import by_hand

from ..._losses import LECTURE
from ..._shared import same_numbers

BY_HAND = {
    "loss": -math.log(0.4),
    "loss_uniform": math.log(3),
    "dz_true": -0.6,
    "dz_other": 0.3,
    "dp_true": -2.5,
}
"""B8: the example of the slides, p = (0.3, 0.3, 0.4), the third class is true."""


EXERCISE = by_hand(
    "X05.1",
    "example",
    BY_HAND,
    {
        "X05.1a": (
            dict(loss=-math.log2(0.4), loss_uniform=math.log2(3)),
            "These are logarithms to the base 2. The course uses the natural logarithm.",
        ),
        "X05.1b": (
            dict(loss=math.log(0.4), loss_uniform=-math.log(3)),
            "The sign is missing: the loss is minus the logarithm of the probability.",
        ),
        "X05.1c": (
            dict(dz_true=0.6, dz_other=-0.3),
            "The gradient by the scores is prediction minus target; yours is the "
            "other way round.",
        ),
        "X05.1d": (
            dict(dz_true=-0.6 * 0.4 * 0.6, dz_other=0.3 * 0.3 * 0.7),
            "There is no factor p(1 - p): the logarithm cancels it.",
        ),
        "X05.1e": (
            dict(loss=-math.log10(0.4), loss_uniform=math.log10(3)),
            "These are logarithms to the base 10. The course uses the natural logarithm.",
        ),
        "X05.1f": (
            dict(dp_true=2.5),
            "The sign is missing: the loss falls when this probability grows.",
        ),
        "X05.1g": (
            dict(dz_true=-2.5),
            "This is the derivative by the probability. Go on through the softmax, to the "
            "score.",
        ),
        "X05.1h": (
            dict(dz_other=0.0),
            "The label is 0 there, the probability is not: raising this score takes "
            "probability from the true class.",
        ),
        "X05.1i": (
            dict(dz_true=0.4 * 0.6, dz_other=-0.4 * 0.3),
            "These are derivatives of the probability of the true class. The loss is minus "
            "its logarithm: one more factor.",
        ),
        "X05.1j": (
            dict(dp_true=-0.6),
            "This is a derivative by the score. By the probability itself there is no "
            "softmax in between.",
        ),
    },
    lecture=f"{LECTURE}#With-a-label,-one-term-is-left",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(loss=0.9162907319, loss_uniform=1.0986122887, dz_true=-0.6)
    wanted |= dict(dz_other=0.3, dp_true=-2.5)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-9)
