"""X13.1 `network`."""

from __future__ import annotations

import math

from grader.course.by_hand import COLLECT
from grader.model import FOUR_DIGITS, Case, Exercise, Mistake

from ..._shared import same_numbers
from ._shared import LECTURE

NUMBERS = ("parameters", "start_loss")


def by_hand(**flaw: float) -> dict[str, float]:
    """Return both numbers of the 4-6-3 network (T13.7, B11)."""
    return {**dict(parameters=51, start_loss=math.log(3)), **flaw}


EXERCISE = Exercise(
    id="X13.1",
    function="network",
    points=2,
    reference=by_hand(),
    inputs=lambda rng: [Case(name="4-6-3", args=())],
    outputs=NUMBERS,
    pack="dict",
    driver=COLLECT,
    tolerance=FOUR_DIGITS,
    unchanged="",
    lecture=f"{LECTURE}#The-network:-4-6-3",
    mistakes=(
        Mistake(
            code="X13.1a",
            variant=by_hand(parameters=42),
            message="The biases are not counted: each hidden and each output unit has one.",
        ),
        *(
            Mistake(
                code="X13.1a",
                variant=by_hand(parameters=value),
                message="The biases of one layer only are counted: the hidden units have "
                "one each, and so have the output units.",
            )
            for value in (48, 45)
        ),
        *(
            Mistake(
                code="X13.1b",
                variant=by_hand(start_loss=value),
                message="The logarithm of this course is the natural one; yours has "
                "another base.",
                lecture=f"{LECTURE}#The-loss,-and-a-number-to-expect",
            )
            for value in (math.log2(3), math.log10(3))
        ),
        Mistake(
            code="X13.1c",
            variant=by_hand(start_loss=1 / 3),
            message="1/3 is the probability of the true class. The loss is minus its "
            "logarithm.",
            lecture=f"{LECTURE}#The-loss,-and-a-number-to-expect",
        ),
    ),
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(parameters=51, start_loss=1.0986123)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-7)
