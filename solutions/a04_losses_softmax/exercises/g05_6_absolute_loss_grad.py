"""G05.6 `absolute_loss_grad`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise

from ._shared import LECTURE, Array, Rng, mistakes, slopes_agree


def absolute_inputs(rng: Rng) -> list[Case]:
    """Errors of both signs; a perfect prediction."""

    def case(n: int, name: str) -> Case:
        y = rng.normal(size=n)
        error = rng.uniform(0.2, 2, n) * np.where(np.arange(n) % 2, 1, -1)
        return Case(name=name, args=(y + rng.permutation(error), y), batch=n)

    tie = np.array([1.5, -0.5, 2.0]), np.array([1.5, 0.5, 1.0])
    return [
        case(5, "5 examples"),
        case(4, "4 examples"),
        Case(
            name="tie",
            args=tie,
            batch=3,
            role="edge",
            requirement="slope 0 where f equals y",
        ),
    ]


def _quotient(error: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(error / np.abs(error))


def absolute_loss_grad(f: Array, y: Array) -> Array:
    """T05.4: comparisons instead of a sign function."""
    return np.asarray(((f > y).astype(float) - (f < y)) / len(f))


EXERCISE = Exercise(
    id="G05.6",
    function="absolute_loss_grad",
    points=2,
    reference=absolute_loss_grad,
    inputs=absolute_inputs,
    outputs=("df",),
    lecture=f"{LECTURE}#Losses-for-numbers:-L1-and-L2",
    mistakes=mistakes(
        "05.6",
        {
            "a": (
                lambda f, y: (f - y) / len(f),
                "The slope grows with the error, as for the squared loss. The slope of the "
                "absolute loss has one size everywhere: only the error's sign counts.",
            ),
            "b": (
                lambda f, y: np.sign(y - f) / len(f),
                "The sign is turned round: differentiate by the prediction f.",
            ),
            "c": (lambda f, y: np.sign(f - y), "The 1/N is missing."),
            "d": (
                lambda f, y: np.where(f >= y, 1, -1) / len(f),
                "A perfect prediction is pushed away. Where f equals y, take the slope 0.",
            ),
            "d, divided": (
                lambda f, y: _quotient(f - y) / len(f),
                "Dividing by the absolute error gives nan where f equals y. Take the slope "
                "0 there.",
            ),
            "e": (
                lambda f, y: np.ones(len(f)) / len(f),
                "The slope is positive everywhere. Below the target it is negative.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def absolute_by_comparison(f, y):
    return ((f > y) * 1.0 - (f < y) * 1.0) / len(f)


def absolute_in_a_loop(f, y):
    return np.array([0.0 if a == b else (a - b) / abs(a - b) for a, b in zip(f, y)]) / len(
        f
    )


def absolute_with_where(f, y):
    return np.where(f > y, 1.0, np.where(f < y, -1.0, 0.0)) / f.size


RIGHT_WAYS = [absolute_by_comparison, absolute_in_a_loop, absolute_with_where]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.l1_loss)
