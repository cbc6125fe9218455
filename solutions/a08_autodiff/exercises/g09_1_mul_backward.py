"""G09.1 `mul_backward`."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake

from ._shared import LECTURE, TINY, Rng, away_from_zero, slopes_agree

STACK_DRIVER = """
def drive(f, a, *rest):
    found = f(a, *rest)
    is_stack = getattr(found, "ndim", 0) == getattr(a, "ndim", 0) + 1
    return tuple(found) if is_stack or isinstance(found, tuple) else found
"""


def mul_inputs(rng: Rng) -> list[Case]:
    """Numbers and arrays; no two of a, b, up are alike."""
    numbers = [tuple(map(float, away_from_zero(rng, 3))) for _ in range(3)]
    return [
        Case(
            name="visible",
            args=(np.array([3.0, -1.0]), np.array([2.0, 0.5]), np.array([1.5, 4.0])),
            role="visible",
        ),
        Case(name="of the syllabus", args=(3.0, 2.0, 1.5)),
        *(Case(name=f"numbers {i}", args=args) for i, args in enumerate(numbers)),
        *(
            Case(name=f"shape {s}", args=tuple(away_from_zero(rng, *s) for _ in range(3)))
            for s in ((4,), (2, 3), (3, 3))
        ),
    ]


def mul_backward(a: Any, b: Any, up: Any) -> tuple[Any, Any]:
    """T09.10 by complex steps."""
    return (
        np.imag((a + 1j * TINY) * b) / TINY * up,
        np.imag(a * (b + 1j * TINY)) / TINY * up,
    )


EXERCISE = Exercise(
    id="G09.1",
    function="mul_backward",
    points=1,
    reference=mul_backward,
    inputs=mul_inputs,
    outputs=("da", "db"),
    pack="tuple",
    driver=STACK_DRIVER,
    lecture=f"{LECTURE}#Distribute,-route,-switch",
    mistakes=(
        Mistake(
            code="M09.1a",
            variant=lambda a, b, up: (up * a, up * b),
            message="A side got its own value. How fast ab grows with a is up to b, so "
            "the product switches the two.",
        ),
        Mistake(
            code="M09.1b",
            variant=lambda a, b, up: (b, a),
            message="A local gradient alone is not enough. What arrives from above, up, "
            "has to be multiplied in.",
        ),
        Mistake(
            code="M09.1c",
            variant=lambda a, b, up: (up * a * b, up * a * b),
            message="You multiplied by the product itself. Its slope along one factor is "
            "the other factor, nothing more.",
        ),
        Mistake(
            code="M09.1d",
            variant=lambda a, b, up: (up, up),
            message="Both sides got up as it is. That is how a sum behaves.",
        ),
        Mistake(
            code="M09.1e",
            variant=lambda a, b, up: (up + b, up + a),
            message="Upstream and local gradient were added. Along an edge they multiply.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def mul_as_list(a, b, up):
    return [b * up, a * up]


def mul_over_the_result(a, b, up):
    f = np.multiply(a, b)
    return up * f / a, up * f / b  # no input is 0


def mul_through_a_matrix(a, b, up):
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    both = np.tensordot(swap, np.stack([np.asarray(a), np.asarray(b)]), axes=1)
    return tuple(np.asarray(up) * both)  # views; 0-d arrays for numbers


def mul_in_place_on_copies(a, b, up):
    da, db = np.array(b, order="F"), np.array(a, order="F")
    da *= up
    db *= up
    return da, db


Pair = namedtuple("Pair", "da db")


def mul_as_named_tuple(a, b, up):
    return Pair(da=up * b, db=up * a)


def mul_as_stack(a, b, up):
    return np.stack([b, a]) * up


RIGHT_WAYS = [
    mul_as_list,
    mul_over_the_result,
    mul_through_a_matrix,
    mul_in_place_on_copies,
    mul_as_named_tuple,
    mul_as_stack,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(
        EXERCISE, lambda a, b, up: (a * b * torch.as_tensor(up, dtype=torch.float64)).sum()
    )
