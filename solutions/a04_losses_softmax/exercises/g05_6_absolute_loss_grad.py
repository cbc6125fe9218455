"""G05.6 `absolute_loss_grad`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake, Returned

from ..._losses import LECTURE, Array, Rng, mistakes, slopes_agree
from ..._shared import generic, values


def absolute_inputs(rng: Rng) -> list[Case]:
    """Errors of both signs, one of them small; a perfect prediction."""

    def case(n: int, name: str) -> Case:
        y = rng.normal(size=n)
        sizes = np.append(rng.uniform(0.2, 2, n - 1), 1e-4)
        error = sizes * np.where(np.arange(n) % 2, 1, -1)
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


def _near_is_equal(f: Array, y: Array, width: float) -> Array:
    return np.where(np.abs(f - y) < width, 0.0, np.sign(f - y)) / len(f)


def _has_a_flat_zone(evidence: Evidence) -> bool:
    """Whether the slope is right for large errors and 0 for small ones."""
    found = values(evidence)
    if not found:
        return False
    flat: list[float] = []
    steep: list[float] = []
    for (case, _, right), value in zip(generic(evidence), found, strict=True):
        assert isinstance(right, Returned)
        mine, wanted = np.asarray(value, float), np.asarray(right.value, float)
        if mine.shape != wanted.shape:
            return False
        sizes, zero = np.abs(case.args[0] - case.args[1]), mine == 0
        if not np.allclose(mine[~zero], wanted[~zero], rtol=1e-7, atol=0):
            return False
        flat, steep = [*flat, *sizes[zero]], [*steep, *sizes[~zero]]
    return bool(flat and steep) and max(flat) < min(steep)


NEAR = (
    "A small error is treated as none, perhaps by np.isclose. The slope is 0 only where f "
    "equals y; next to it the slope has its full size."
)


def _quotient(error: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(error / np.abs(error))


def absolute_loss_grad(f: Array, y: Array) -> Array:
    """T05.4: comparisons instead of a sign function."""
    return np.asarray(((f > y).astype(float) - (f < y)) / len(f))


EXERCISE = Exercise(
    id="G05.6",
    function="absolute_loss_grad",
    points=1,
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
            "a, doubled": (
                lambda f, y: 2 * (f - y) / len(f),
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
            "Xh": (
                lambda f, y: np.clip(f - y, -1, 1) / len(f),
                "Small errors get a small slope; that belongs to the Huber loss. Here only "
                "the sign of the error counts.",
            ),
            "Xg": (
                lambda f, y: np.abs(f - y) / len(f),
                "This is the loss of each example. Asked is its slope.",
            ),
        },
        Mistake(code="X05.6f", detect=_has_a_flat_zone, message=NEAR),
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


# --- examples of mistakes -------------------------------------------------------------


WRONG_WAYS = {
    "X05.6f": [
        lambda f, y: _near_is_equal(f, y, 0.5),
        lambda f, y: _near_is_equal(f, y, 1e-3),
    ],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.l1_loss)
