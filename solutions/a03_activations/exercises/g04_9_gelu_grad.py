"""G04.9 `gelu_grad`."""

from __future__ import annotations

import math
from math import pi, sqrt

import numpy as np

from ..._shared import sigmoid as logistic
from ._shared import (
    Array,
    cumulative,
    density,
    elementwise,
    every,
    exercise,
    gelu_vectorised,
    slopes_agree,
    tanh_gate,
    tanh_gate_slope,
)


def _slide_gelu_grad(z: Array) -> Array:
    s = logistic(1.702 * z)
    return np.asarray(s + 1.702 * z * s * (1 - s))


EXERCISE = exercise(
    9,
    "gelu_grad",
    lambda z: cumulative(z) + z * density(z),
    elementwise(),
    "GELU",
    {
        "a": (
            cumulative,
            "One term of the product rule is missing: the gate depends on z, too.",
        ),
        "b": (
            lambda z: cumulative(z) + density(z),
            "The second term of the product rule keeps its factor z.",
        ),
        "c": (
            lambda z: cumulative(z) - z * density(z),
            "The second term has the wrong sign: the derivative of Phi is +phi.",
        ),
        "d": (
            lambda z: z * density(z),
            "The first term of the product rule is missing: the gate itself.",
        ),
        "e": (
            _slide_gelu_grad,
            "This is the slope of the approximation with 1.702. An exact function needs "
            "its exact slope.",
        ),
        "f": (
            density,
            "This is the slope of the gate alone. The derivative of a product is not the "
            "product of the derivatives.",
        ),
        "Xg": (
            lambda z: cumulative(z) + z * np.exp(-0.5 * z**2),
            "The factor of the bell curve is 1/sqrt(2 pi): it is missing, or its root is.",
        ),
        "Xg, no root": (
            lambda z: cumulative(z) + z * np.exp(-0.5 * z**2) / (2 * math.pi),
            "The factor of the bell curve is 1/sqrt(2 pi): it is missing, or its root is.",
        ),
        "Xh": (
            lambda z: tanh_gate(z) + z * tanh_gate_slope(z),
            "This is the slope of the approximation with tanh and 0.044715. An exact "
            "function needs its exact slope.",
        ),
        "Xi": (
            lambda z: cumulative(z) + z * np.exp(-(z**2)) / math.sqrt(2 * math.pi),
            "The exponent of the bell curve is -z²/2; here the 1/2 is missing.",
        ),
        "Xj": (
            lambda z: cumulative(z) + math.sqrt(2) * z * density(z),
            "The second term is too large by the root of 2: erf(z / sqrt(2)) has the inner "
            "derivative 1/sqrt(2).",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def gelu_grad_of_one(v):
    return 0.5 * math.erfc(-v / sqrt(2)) + v * math.exp(-v * v / 2) / sqrt(2 * pi)


def gelu_grad_numeric(z):
    h = 1e-5 * np.maximum(1, np.abs(z))
    f = gelu_vectorised
    return (8 * (f(z + h) - f(z - h)) - (f(z + 2 * h) - f(z - 2 * h))) / (12 * h)


def gelu_grad_by_parts(z):
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    gate = gelu_vectorised(z) / z
    return gate + z * bell


RIGHT_WAYS = [every(gelu_grad_of_one), gelu_grad_numeric, gelu_grad_by_parts]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.gelu)
