"""G04.10 `swish_grad`."""

from __future__ import annotations

import math

import numpy as np

from ..._shared import sigmoid as logistic
from ..._shared import sigmoid_slope as slope
from ._shared import Array, elementwise, every, exercise, logistic_otherwise, slopes_agree


def _swish_grad(z: Array, beta: float) -> Array:
    """By the derivative of z / (1 + exp(-beta z)) as one quotient."""
    e = np.exp(-beta * z)
    return np.asarray((1 + e + beta * z * e) / (1 + e) ** 2)


EXERCISE = exercise(
    10,
    "swish_grad",
    _swish_grad,
    elementwise(parameter=(1.3, 2.2)),
    "SiLU-and-Swish",
    {
        "a": (
            lambda z, beta: logistic(beta * z),
            "One term of the product rule is missing: the gate depends on z, too.",
        ),
        "b": (
            lambda z, beta: logistic(beta * z) + z * slope(beta * z),
            "The inner derivative beta is missing from the second term. The short cut "
            "f + s(1 - f) leaves it out, too: it holds for beta = 1.",
        ),
        "c": (
            lambda z, beta: beta * slope(beta * z),
            "This is the slope of the gate alone. The derivative of a product has two "
            "terms.",
        ),
        "d": (
            lambda z, beta: beta * z * slope(beta * z),
            "The first term of the product rule is missing: the gate itself.",
        ),
        "e": (
            lambda z, beta: _swish_grad(z, 1.0),
            "beta is not used. SiLU is the special case beta = 1.",
        ),
        "f": (
            lambda z, beta: logistic(beta * z) - beta * z * slope(beta * z),
            "The second term has the wrong sign.",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def swish_by_value(z, beta):
    s = logistic_otherwise(beta * z)
    f = z * s
    return beta * f + s * (1 - beta * f)


def swish_factored(z, beta):
    s = logistic_otherwise(beta * z)
    return s * (1 + beta * z * (1 - s))


def swish_of_one(v, beta):
    e = math.exp(-beta * v)
    return (1 + e + beta * v * e) / (1 + e) ** 2


RIGHT_WAYS = [swish_by_value, swish_factored, every(swish_of_one)]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, lambda z, beta: z * torch.sigmoid(beta * z))
