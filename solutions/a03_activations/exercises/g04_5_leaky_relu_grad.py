"""G04.5 `leaky_relu_grad`."""

from __future__ import annotations

import numpy as np

from ._shared import KINK, Array, elementwise, every, exercise, slopes_agree


def _leaky(z: Array, gamma: float) -> Array:
    return np.asarray(np.piecewise(np.asarray(z, float), [z > 0], [1.0, gamma]))


EXERCISE = exercise(
    5,
    "leaky_relu_grad",
    _leaky,
    elementwise(("slope gamma at the kink", KINK), parameter=(0.05, 0.4)),
    "A-leak",
    {
        "a": (
            lambda z, gamma: np.where(z > 0, 1.0, 0.0),
            "These are the slopes of the plain ReLU: on the negative side the leak has the "
            "slope gamma. An array of whole numbers would cut gamma off to 0, too.",
        ),
        "b": (
            lambda z, gamma: np.where(z > 0, 1.0, -gamma),
            "The sign of the leak is wrong: gamma * z has the slope +gamma.",
        ),
        "c": (
            lambda z, gamma: np.where(z > 0, 1.0, gamma * z),
            "On the negative side this is the function itself, not its slope.",
        ),
        "d": (
            lambda z, gamma: np.where(z > 0, gamma, 1.0),
            "The two sides are exchanged: gamma belongs to the negative one.",
        ),
        "e": (
            lambda z, gamma: np.where(z >= 0, 1.0, gamma),
            "At the kink your slope is 1. The course counts 0 to the leaky side.",
        ),
        "f": (
            lambda z, gamma: np.minimum(z, 0),
            "This is the derivative by gamma, which a unit needs that learns its leak "
            "(PReLU). Asked is the slope by z.",
        ),
        "Xg": (
            lambda z, gamma: np.where(z > 0, z, gamma * z),
            "This is the function itself. Its slope is one of two numbers, on each side "
            "the same everywhere.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def leaky_as_sum(z, gamma):
    return (z > 0) + gamma * (z <= 0)


def leaky_by_index(z, gamma):
    out = np.full(z.shape, gamma)
    out[z > 0] = 1.0
    return out


RIGHT_WAYS = [leaky_as_sum, leaky_by_index, every(lambda v, g: 1.0 if v > 0 else g)]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.leaky_relu)
