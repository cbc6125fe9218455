"""G11.5 `l2_grad`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import CLOSE, PRICE, Array, Rng


def l2_inputs(rng: Rng) -> list[Case]:
    """Matrices, a vector, three axes; lambda is neither 1/2 nor 1."""
    shapes = ((2, 3), (3, 3), (4,), (2, 2, 3))
    return [
        Case(name=f"{s}", args=(rng.normal(0.3, 1, s), float(rng.uniform(0.05, 0.3))))
        for s in shapes
    ]


def l2_grad(W: Array, lam: float) -> Array:
    """T11.8: central differences, exact for a parabola."""
    return np.asarray(((W + 1) ** 2 - (W - 1) ** 2) / 2 * (lam / 2))


EXERCISE = Exercise(
    id="G11.5",
    function="l2_grad",
    points=1,
    reference=l2_grad,
    inputs=l2_inputs,
    outputs=("dW",),
    vectorised=True,
    lecture=PRICE,
    mistakes=(
        Mistake(
            code="M11.5a",
            variant=lambda W, lam: 2 * lam * W,
            message="Twice too much: the penalty of this course carries a factor 1/2.",
        ),
        Mistake(
            code="M11.5b",
            variant=lambda W, lam: -lam * W,
            message="The sign is the opposite. The gradient of the penalty points away "
            "from 0; it is the step against it that makes weights smaller.",
        ),
        Mistake(
            code="M11.5c",
            variant=lambda W, lam: W.copy(),
            message="lam has no effect on your result.",
        ),
        Mistake(
            code="M11.5d",
            variant=lambda W, lam: lam * W**2,
            message="The squares are still there: they belong to the penalty. Take "
            "its derivative.",
        ),
        Mistake(
            code="M11.5e",
            variant=lambda W, lam: lam * np.sign(W),
            message="Only the signs of the weights matter to your result; that is the "
            "gradient of an L1 penalty.",
        ),
        *(
            Mistake(
                code="M11.5g",
                variant=variant,
                message="That is the penalty itself, one number for the whole array. Its "
                "gradient has an entry for each weight.",
            )
            for variant in (
                lambda W, lam: lam / 2 * np.sum(W**2),
                lambda W, lam: lam * np.sum(W**2),
            )
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def l2_by_multiply(W, lam):
    return np.multiply(W, np.float64(lam), order="F")


def l2_by_entries(W, lam):
    return np.array([lam * w for w in W.ravel().tolist()]).reshape(W.shape)


def l2_in_place_on_a_copy(W, lam):
    dW = W.copy()
    dW *= lam / 2
    return dW + dW


def l2_by_einsum(W, lam):
    return np.einsum(",...->...", lam, W)


RIGHT_WAYS = [l2_by_multiply, l2_by_entries, l2_in_place_on_a_copy, l2_by_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    for (W, lam), dW in expected(EXERCISE):
        (wanted,) = autograd(lambda W, lam=lam: lam / 2 * (W**2).sum(), W)
        np.testing.assert_allclose(dW, wanted, **CLOSE)
