"""G04.7 `softplus_grad`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as logistic
from ..._shared import sigmoid_slope as slope
from ._shared import HUGE, Array, elementwise, every, exercise, sigmoid_of_one, slopes_agree


def _quotient(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(z) / (1 + np.exp(z)))


EXERCISE = exercise(
    7,
    "softplus_grad",
    logistic,
    elementwise(("scores of ±1000", HUGE)),
    "Softplus",
    {
        "a": (
            lambda z: logistic(-z),
            "This is 1 / (1 + exp(z)): the derivative of what stands inside the logarithm, "
            "exp(z), is missing above the line, or the sign of z is turned round.",
        ),
        "b": (slope, "This is the second derivative of softplus."),
        "c": (lambda z: np.logaddexp(0, z), "This is the function itself, not its slope."),
        "d": (
            _quotient,
            "The formula is right, but infinity divided by infinity gives nan for large "
            "z: use your stable sigmoid.",
        ),
        "e": (
            lambda z: np.exp(np.minimum(z, 700)),
            "The logarithm has been forgotten: its derivative divides by 1 + exp(z).",
        ),
        "f": (
            lambda z: 1.0 * (z > 0),
            "This is the slope of the ReLU. Softplus is its smooth relative.",
        ),
        "Xg": (
            lambda z: np.exp(z) / np.log1p(np.exp(z)),
            "You divide by the logarithm. The derivative of ln(u) is u' / u: the logarithm "
            "itself disappears.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def softplus_by_log(z):
    return np.exp(-np.logaddexp(0, -z))


def softplus_clipped(z):
    return 1 / (1 + np.exp(-np.clip(z, -709, 709)))


RIGHT_WAYS = [softplus_by_log, softplus_clipped, every(sigmoid_of_one)]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.softplus)
