"""G09.2 `max_backward`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake

from ._shared import (
    LECTURE,
    NUMBERS_DRIVER,
    ONE_SIDE,
    Rng,
    away_from_zero,
    max_backward,
    slopes_agree,
)


def max_inputs(rng: Rng) -> list[Case]:
    """Either side wins, with either sign; ties at the edge."""
    low, high, up = (float(v) for v in away_from_zero(rng, 3))
    low, high = sorted((low, high + 0.25))
    tie = "at a tie each side gets up / 2"
    pairs = [(high, low), (low, high), (-low, -high), (-high, -low)]
    return [
        Case(name="visible", args=(-3.0, -1.0, 3.0), role="visible"),
        Case(name="of the syllabus", args=(2.0, 0.0, 3.0)),
        *(Case(name=f"{p}", args=(*p, (i + 1) * up)) for i, p in enumerate(pairs)),
        Case(name="tie", args=(1.0, 1.0, 3.0), role="edge", requirement=tie),
        Case(name="zeros", args=(0.0, 0.0, up), role="edge", requirement=tie),
    ]


def _at_tie(first: float, second: float) -> Callable[..., tuple[float, float]]:
    """Return the rule with other shares at a tie."""

    def rule(a: float, b: float, up: float) -> tuple[float, float]:
        return (up * first, up * second) if a == b else max_backward(a, b, up)

    return rule


BY_VALUE = "The winner's slope is 1, whatever its value: do not multiply by it."


EXERCISE = Exercise(
    id="G09.2",
    function="max_backward",
    points=2,
    reference=max_backward,
    inputs=max_inputs,
    outputs=("da", "db"),
    pack="tuple",
    driver=NUMBERS_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#Distribute,-route,-switch",
    mistakes=(
        Mistake(
            code="M09.2a",
            variant=_at_tie(0, 0),
            message="At a tie nobody gets anything, and the gradient is lost. The two "
            "shares have to add up to up.",
        ),
        Mistake(
            code="M09.2b",
            variant=_at_tie(1, 1),
            message="At a tie both sides get all of it, which counts the gradient twice.",
        ),
        Mistake(
            code="M09.2c",
            variant=lambda a, b, up: max_backward(-a, -b, up),
            message="The smaller number got the gradient. The larger one made the result, "
            "so the gradient is its own.",
        ),
        Mistake(
            code="M09.2d",
            variant=lambda a, b, up: (up, up),
            message="Both sides got up, as at a sum. A maximum sends it one way only.",
        ),
        Mistake(
            code="M09.2e",
            variant=lambda a, b, up: (up * a, up * b),
            message=BY_VALUE,
        ),
        Mistake(
            code="M09.2e",
            variant=lambda a, b, up: (up * a * (a > b), up * b * (b > a)),
            message=BY_VALUE,
        ),
        Mistake(
            code="M09.2f",
            variant=lambda a, b, up: max_backward(abs(a), abs(b), up),
            message="The sizes |a| and |b| are compared. The maximum compares the numbers "
            "themselves: -1 is larger than -3.",
        ),
        Mistake(
            code="M09.2g",
            variant=lambda a, b, up: max_backward(a, b, 1.0),
            message="These are the local slopes. What arrives from above, up, has to be "
            "multiplied in.",
        ),
        Mistake(
            code="M09.2h",
            variant=lambda a, b, up: (up / 2, up / 2),
            message="Each side gets one half here, whoever is larger. Half and half is for a "
            "tie; else the larger one gets all of it.",
        ),
        *(
            Mistake(code="tie", variant=_at_tie(*shares), message=ONE_SIDE)
            for shares in ((1, 0), (0, 1))
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def max_with_branches(a, b, up):
    if a > b:
        return up, 0
    if b > a:
        return 0, up
    return up / 2, up / 2


def max_with_winners(a, b, up):
    pair = np.array([a, b])
    wins = pair == pair.max()
    return list(up * wins / wins.sum())


def max_with_heaviside(a, b, up):
    share = np.heaviside(np.float64(a) - b, 0.5)
    return up * share, up - up * share


def max_with_bools(a, b, up):
    return up * ((a > b) + (a >= b)) / 2, up * ((b > a) + (b >= a)) / 2


RIGHT_WAYS = [max_with_branches, max_with_winners, max_with_heaviside, max_with_bools]

EQUIVALENTS = {
    "share = 0.5 if a == b else float(a > b) → share = 0.5 if a == b else float(a >= b)": "the tie is decided before",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd_at_ties_as_well() -> None:
    import torch

    slopes_agree(EXERCISE, lambda a, b, up: torch.maximum(a, b) * up)
