"""G04.1 `sigmoid`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as logistic
from ._shared import HUGE, elementwise, every, exercise, sigmoid_of_one, values_agree

STRICT = """
def drive(f, z):
    import numpy as np

    with np.errstate(over="raise", invalid="raise"):
        return f(z)
"""


EXERCISE = exercise(
    1,
    "sigmoid",
    logistic,
    elementwise(("no overflow for scores of ±1000", HUGE)),
    "Sigmoid",
    {
        "a": (
            lambda z: 1 / (1 + np.exp(z)),
            "The exponent has the wrong sign: your curve falls.",
        ),
        "b": (
            lambda z: np.exp(z) / (1 - np.exp(z)),
            "The denominator is 1 + exp(z): the two classes' probabilities add up to 1.",
        ),
        "c": (
            np.tanh,
            "This is tanh, with values from -1 to 1. The logistic function has "
            "values from 0 to 1.",
        ),
        "d": (
            lambda z: 1 / (1 + np.exp(-z)),
            "The formula is right, but exp overflows for scores far from 0 (np.where "
            "computes both sides everywhere). Give exp negative numbers only: "
            "exp(-abs(z)), or a mask; or use tanh.",
        ),
        "d, as e / (1 + e)": (
            lambda z: np.exp(z) / (1 + np.exp(z)),
            "The formula is right, but exp overflows for scores far from 0 (np.where "
            "computes both sides everywhere). Give exp negative numbers only: "
            "exp(-abs(z)), or a mask; or use tanh.",
        ),
        "e": (
            lambda z: 1 / 1 + np.exp(-z),
            "A pair of parentheses is missing: the whole denominator is 1 + exp(-z).",
        ),
        "Xp": (
            lambda z: 1 / (1 + np.exp(-np.abs(z))),
            "With abs(z) alone the curve is the same on both sides. For negative z there "
            "is exp(z) above the line, not 1.",
        ),
        "Xq": (
            lambda z: 0.5 * (1 + np.tanh(z)),
            "The curve is too steep: this is the sigmoid of 2z. In the form with tanh, "
            "tanh gets z / 2.",
        ),
    },
    driver=STRICT,
)


# --- other right ways of writing it ---------------------------------------------------


def sigmoid_by_mask(z):
    out = np.empty_like(z)
    up = z >= 0
    out[up] = 1 / (1 + np.exp(-z[up]))
    e = np.exp(z[~up])
    out[~up] = e / (1 + e)
    return out


def sigmoid_clipped(z):
    return 1 / (1 + np.exp(-np.clip(z, -709, 709)))


RIGHT_WAYS = [sigmoid_by_mask, every(sigmoid_of_one), sigmoid_clipped]

EQUIVALENTS = {
    "return np.where(z >= 0, 1, e) / (1 + e) → return np.where(z > 0, 1, e) / (1 + e)": "at 0 both branches hold 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    values_agree(EXERCISE, torch.sigmoid)
