"""G04.6 `elu_grad`."""

from __future__ import annotations

import math

import numpy as np

from ._shared import KINK, Array, elementwise, every, exercise, slopes_agree


def _elu(z: Array, gamma: float) -> Array:
    return np.asarray(gamma * np.expm1(np.minimum(z, 0)) + np.maximum(z, 0))


def _elu_grad(z: Array, gamma: float) -> Array:
    z = np.asarray(z, float)
    return np.piecewise(z, [z > 0], [1.0, lambda v: gamma * np.exp(v)])


def _by_masks(z: Array, gamma: float) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray((z > 0) + gamma * np.exp(z) * (z <= 0))


EXERCISE = exercise(
    6,
    "elu_grad",
    _elu_grad,
    elementwise(
        ("slope gamma at 0", KINK),
        ("large positive z give 1", np.array([800.0, 1000.0])),
        parameter=(0.15, 0.6),
    ),
    "ELU",
    {
        "a": (
            lambda z, gamma: np.where(z > 0, 1.0, _elu(z, gamma)),
            "On the negative side this is the function itself; when you differentiate, "
            "the -1 disappears.",
        ),
        "b": (
            lambda z, gamma: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
            "The factor gamma is missing on the negative side.",
        ),
        "c": (
            lambda z, gamma: np.where(z > 0, 1.0, _elu(z, gamma) + 1),
            "The short cut is f(z) + gamma. With +1 it holds for gamma = 1 only.",
        ),
        "d": (
            lambda z, gamma: gamma * np.exp(np.minimum(z, 700)),
            "On the positive side the function is the identity: its slope is 1.",
        ),
        "e": (
            lambda z, gamma: np.where(z > 0, 1.0, gamma * z * np.exp(np.minimum(z, 0))),
            "There is a factor z too many: the derivative of exp(z) is exp(z).",
        ),
        "f": (
            lambda z, gamma: np.where(z >= 0, 1.0, gamma * np.exp(np.minimum(z, 0))),
            "At 0 your slope is 1. The course takes the left one there, gamma.",
        ),
        "Xg": (
            _elu,
            "This is the function itself, on both sides. Asked is its slope.",
        ),
        "Xh": (
            _by_masks,
            "For large positive z exp(z) is infinite, and what you do with it gives nan (0 "
            "times infinity does). Choose with np.where, or let exp see np.minimum(z, 0).",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def elu_by_value(z, gamma):
    f = np.where(z > 0, z, gamma * np.expm1(np.minimum(z, 0)))
    return np.where(z > 0, 1.0, f + gamma)


def elu_naive(z, gamma):
    with np.errstate(over="ignore"):
        return np.where(z > 0, 1.0, gamma * np.exp(z))


RIGHT_WAYS = [
    elu_by_value,
    elu_naive,
    every(lambda v, g: 1.0 if v > 0 else g * math.exp(v)),
]

EQUIVALENTS = {
    "return np.where(z > 0, 1.0, gamma * np.exp(np.minimum(z, 0))) → return np.where(z > 0, 1.0, gamma * np.exp(np.minimum(0, z)))": "minimum is symmetric",
    "return np.where(z > 0, 1.0, gamma * np.exp(np.minimum(z, 0))) → return np.where(z > 0, 1.0, gamma * np.exp(np.minimum(z, 1)))": "the bound only keeps the unused branch from overflowing",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.elu)
