"""G05.8 `exponential_loss_grad`."""

from __future__ import annotations

import math

import numpy as np

from grader.model import Exercise

from ..._losses import LECTURE, Array, mistakes, slopes_agree
from ..._shared import sigmoid
from ._shared import margin_inputs


def exponential_loss_grad(s: Array, y: Array) -> Array:
    """T05.13: both labels by cases."""
    slope = np.where(y > 0, -np.exp(-s), np.exp(s))
    return np.asarray(slope / s.size)


EXERCISE = Exercise(
    id="G05.8",
    function="exponential_loss_grad",
    points=1,
    reference=exponential_loss_grad,
    inputs=margin_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.8",
        {
            "a": (
                lambda s, y: y * np.exp(-y * s) / len(s),
                "The sign is turned round: the inner derivative is -y.",
            ),
            "b": (
                lambda s, y: np.exp(-y * s) / len(s),
                "The inner derivative -y is missing.",
            ),
            "c": (
                lambda s, y: -y * np.exp(y * s) / len(s),
                "The exponent has the wrong sign: a large margin gives a tiny gradient.",
            ),
            "d": (
                lambda s, y: -s * np.exp(-y * s) / len(s),
                "This is the derivative by the label. Differentiate by the score s.",
            ),
            "e": (lambda s, y: -y * np.exp(-y * s), "The 1/N is missing."),
            "Xf": (
                lambda s, y: -y * np.exp(-s) / len(s),
                "The label is missing from the exponent: it is -y s.",
            ),
            "Xg": (
                lambda s, y: -y * sigmoid(-y * s) / len(s),
                "This is the slope of the logistic loss, ln(1 + exp(-y s)). Here the loss "
                "is the exponential itself.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def exponential_by_division(s, y):
    return -y / (np.exp(y * s) * len(s))


def exponential_in_a_loop(s, y):
    return np.array([-b * math.exp(-a * b) / len(s) for a, b in zip(s, y, strict=True)])


def exponential_by_sinh(s, y):
    return (np.sinh(s) - y * np.cosh(s)) / len(s)


RIGHT_WAYS = [exponential_by_division, exponential_in_a_loop, exponential_by_sinh]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, lambda s, y: torch.exp(-y * s).mean())
