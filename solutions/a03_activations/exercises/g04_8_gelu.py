"""G04.8 `gelu`."""

from __future__ import annotations

import math
from math import sqrt

import numpy as np

from ..._shared import sigmoid as logistic
from ._shared import (
    cumulative,
    density,
    elementwise,
    every,
    exercise,
    gelu_vectorised,
    tanh_gate,
    values_agree,
)

erf = np.vectorize(math.erf, otypes=[float])


EXERCISE = exercise(
    8,
    "gelu",
    lambda z: z * cumulative(z),
    elementwise(),
    "GELU",
    {
        "a": (
            lambda z: z * logistic(1.702 * z),
            "This is the approximation with 1.702, up to 0.02 off. The exact form has "
            "the normal distribution function.",
        ),
        "b": (
            lambda z: z * logistic(z),
            "This is SiLU. GELU's gate is the normal distribution function.",
        ),
        "c": (cumulative, "This is the gate alone; it multiplies z."),
        "d": (
            lambda z: z * density(z),
            "This has the bell curve. P(X <= z) is the distribution function.",
        ),
        "e": (
            lambda z: 0.5 * z * (1 + erf(z)),
            "erf gets z divided by the root of 2.",
        ),
        "e, multiplied": (
            lambda z: 0.5 * z * (1 + erf(z * math.sqrt(2))),
            "erf gets z divided by the root of 2.",
        ),
        "e, halved": (
            lambda z: 0.5 * z * (1 + erf(z / 2)),
            "erf gets z divided by the root of 2.",
        ),
        "f": (
            lambda z: 0.5 * z * erf(z / math.sqrt(2)),
            "The '1 +' is missing: without it the gate is no probability.",
        ),
        "g": (
            lambda z: 1.702 * z * logistic(z),
            "1.702 belongs inside the sigmoid of the approximation, and the exact form "
            "is asked for.",
        ),
        "Xh": (
            lambda z: z * tanh_gate(z),
            "This is the approximation with tanh and 0.044715, as in GPT-2 and BERT: off "
            "by less than 0.001. The exact form has erf.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def gelu_of_one(v):
    return v * 0.5 * math.erfc(-v / sqrt(2))


RIGHT_WAYS = [
    every(gelu_of_one),
    gelu_vectorised,
    lambda z: z - every(gelu_of_one)(-z) * -1,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    values_agree(EXERCISE, torch.nn.functional.gelu)
