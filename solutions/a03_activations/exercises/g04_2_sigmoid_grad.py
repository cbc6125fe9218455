"""G04.2 `sigmoid_grad`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as logistic
from ..._shared import sigmoid_slope as slope
from ._shared import (
    elementwise,
    every,
    exercise,
    logistic_otherwise,
    sigmoid_of_one,
    slopes_agree,
)

EXERCISE = exercise(
    2,
    "sigmoid_grad",
    lambda z: 1 / (2 * np.cosh(np.asarray(z) / 2)) ** 2,
    elementwise(),
    "Sigmoid",
    {
        "a": (
            lambda z: z * (1 - z),
            "The rule a(1 - a) is for the activation a. You are given z: apply the "
            "sigmoid first.",
        ),
        "b": (
            lambda z: slope(logistic(z)),
            "There is one sigmoid too many: the slope is taken at a instead of at z.",
        ),
        "c": (logistic, "This is the function itself, not its slope."),
        "d": (
            lambda z: logistic(z) * (1 + logistic(z)),
            "The second factor is 1 - s: the slope vanishes on both sides.",
        ),
        "e": (
            lambda z: -slope(z),
            "The sign is wrong: the function rises, so its slope is positive.",
        ),
        "f": (
            lambda z: 1 - logistic(z) ** 2,
            "This is the rule of tanh. The logistic function has s(1 - s).",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def sigmoid_grad_as_product(z):
    return logistic_otherwise(z) * logistic_otherwise(-z)


def sigmoid_grad_by_exp(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


RIGHT_WAYS = [
    sigmoid_grad_as_product,
    sigmoid_grad_by_exp,
    every(lambda v: sigmoid_of_one(v) * sigmoid_of_one(-v)),
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.sigmoid)
