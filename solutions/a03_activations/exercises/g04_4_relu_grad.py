"""G04.4 `relu_grad`."""

from __future__ import annotations

import numpy as np

from ._shared import KINK, Array, elementwise, every, exercise, slopes_agree


def _divided(z: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.maximum(z, 0) / z)


EXERCISE = exercise(
    4,
    "relu_grad",
    lambda z: np.heaviside(z, 0.0),
    elementwise(("slope 0 at the kink", KINK)),
    "ReLU",
    {
        "a": (
            lambda z: 1.0 * (z >= 0),
            "At the kink your slope is 1. The course takes 0 there, as PyTorch does.",
        ),
        "b": (
            lambda z: np.maximum(z, 0),
            "This is the function itself. Its slope is 0 or 1.",
        ),
        "c": (
            np.sign,
            "For negative z the output does not change: the slope is 0 there, not -1.",
        ),
        "d": (
            lambda z: 1.0 * (np.maximum(z, 0) >= 0),
            "The comparison is always true: the activation is never negative. Ask "
            "whether z is positive.",
        ),
        "e": (
            lambda z: 1.0 * (z < 0),
            "The comparison is turned round: the gradient flows where the unit is on.",
        ),
        "f": (
            _divided,
            "Dividing by z gives nan at 0. Compare instead of dividing.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def relu_grad_from_sign(z):
    return (np.sign(z) + 1) // 2 * (z != 0)


def relu_grad_in_place(z):
    out = z.copy()
    out[z > 0] = 1
    out[z <= 0] = 0
    return out


RIGHT_WAYS = [
    relu_grad_from_sign,
    relu_grad_in_place,
    every(lambda v: 1.0 if v > 0 else 0.0),
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.relu)
