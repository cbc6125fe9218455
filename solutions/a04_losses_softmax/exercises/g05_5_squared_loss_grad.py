"""G05.5 `squared_loss_grad`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise

from ..._losses import LECTURE, Array, Rng, mistakes, slopes_agree


def regression_inputs(rng: Rng) -> list[Case]:
    """Several outputs, never two; one example."""

    def case(n: int, k: int, name: str, **more: Any) -> Case:
        args = rng.normal(size=(n, k)), rng.normal(size=(n, k))
        return Case(name=name, args=args, batch=n, **more)

    return [
        case(5, 3, "5 examples, 3 outputs"),
        case(3, 4, "3 examples, 4 outputs"),
        case(1, 3, "one", role="edge", requirement="one example, N = 1"),
    ]


def squared_loss_grad(F: Array, Y: Array) -> Array:
    """T05.4: 2 (f - y) / N, read off a polynomial: exact central difference."""
    n = len(F)
    return np.asarray(((F + 1 - Y) ** 2 - (F - 1 - Y) ** 2) / (2 * n))


def _unit_rows(F: Array, Y: Array) -> Array:
    return np.asarray((F - Y) / np.linalg.norm(F - Y, axis=1, keepdims=True) / len(F))


EXERCISE = Exercise(
    id="G05.5",
    function="squared_loss_grad",
    points=1,
    reference=squared_loss_grad,
    inputs=regression_inputs,
    outputs=("dF",),
    lecture=f"{LECTURE}#Losses-for-numbers:-L1-and-L2",
    mistakes=mistakes(
        "05.5",
        {
            "a": (
                lambda F, Y: (F - Y) / len(F),
                "The factor 2 of the square is missing. It cancels only where the loss "
                "carries a 1/2, and this one does not.",
            ),
            "b": (
                lambda F, Y: 2 * (Y - F) / len(F),
                "The sign is turned round: differentiate by the prediction.",
            ),
            "c": (lambda F, Y: 2 * (F - Y), "The 1/N is missing."),
            "d": (
                lambda F, Y: 2 * (F - Y) / F.size,
                "The mean runs over examples and outputs, as in PyTorch's MSELoss. Here "
                "outputs are added up: divide by N only.",
            ),
            "e": (
                _unit_rows,
                "This is the gradient of the norm without its square: the size of the "
                "error is lost.",
            ),
            "f": (
                lambda F, Y: 2 * np.abs(F - Y) / len(F),
                "The sign of the error is lost: no absolute value here.",
            ),
            "Xg": (
                lambda F, Y: 2 * (F - Y) / F.shape[1],
                "You divide by the number of outputs, the columns. N is the number of "
                "examples, the rows: F.shape[0].",
            ),
            "Xh": (
                lambda F, Y: (F - Y) ** 2 / len(F),
                "These are the squares themselves. Asked is their slope.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def squared_by_rows(F, Y):
    return np.stack([(2.0 / len(F)) * (f - y) for f, y in zip(F, Y, strict=True)])


def squared_expanded(F, Y):
    return 2 * F / F.shape[0] - 2 * Y / F.shape[0]


def squared_in_columns(F, Y):
    return (2 * (F.T - Y.T) / F.T.shape[1]).T


RIGHT_WAYS = [squared_by_rows, squared_expanded, squared_in_columns]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, lambda F, Y: ((F - Y) ** 2).sum(dim=1).mean())
