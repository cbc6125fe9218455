"""G04.3 `tanh_grad`."""

from __future__ import annotations

import math

import numpy as np

from ..._shared import sigmoid_slope as slope
from ._shared import elementwise, every, exercise, logistic_otherwise, slopes_agree

EXERCISE = exercise(
    3,
    "tanh_grad",
    lambda z: 1 / np.cosh(z) ** 2,
    elementwise(),
    "Tanh",
    {
        "a": (
            lambda z: 1 - z**2,
            "The square is taken of z. It belongs to the activation, tanh(z).",
        ),
        "b": (lambda z: 1 - np.tanh(z), "The square is missing."),
        "c": (
            lambda z: 1 - np.tanh(np.tanh(z)) ** 2,
            "There is one tanh too many: the slope is taken at a instead of at z.",
        ),
        "d": (
            lambda z: np.tanh(z) * (1 - np.tanh(z)),
            "This is the rule of the logistic function. tanh has 1 - t².",
        ),
        "e": (
            lambda z: 1 + np.tanh(z) ** 2,
            "The sign is wrong: the slope becomes smaller where tanh saturates.",
        ),
        "f": (
            lambda z: 2 * slope(2 * z),
            "Half as large as it should be: in tanh(z) = 2 sigmoid(2z) - 1 both the 2 in "
            "front and the 2 inside are factors of the slope.",
        ),
        "Xg": (
            lambda z: 1 / np.cosh(z),
            "This is 1 / cosh(z). The slope of tanh is its square.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def tanh_grad_as_product(z):
    return (1 - np.tanh(z)) * (1 + np.tanh(z))


def tanh_grad_by_sigmoid(z):
    s = logistic_otherwise(2 * z)
    return 4 * s * (1 - s)


RIGHT_WAYS = [
    tanh_grad_as_product,
    tanh_grad_by_sigmoid,
    every(lambda v: 1 / math.cosh(v) ** 2),
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.tanh)
