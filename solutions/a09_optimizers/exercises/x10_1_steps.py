"""X10.1 `steps`."""

from __future__ import annotations

import numpy as np

from grader.course.by_hand import by_hand

from ..._optimizers import LECTURE
from ..._shared import same_numbers

GRADIENTS = (1.0, -2.0, 0.5, 3.0)


def _steps() -> dict[str, float]:
    """B12: theta after some steps, from 1 with eta = 0.1."""
    g1, g2, g3, _ = GRADIENTS
    momentum_2 = 1 - 0.1 * (g1 + 0.8 * g1 + g2)
    mean = (0.9 * g1 + g2) / 1.9
    square = (0.999 * g1**2 + g2**2) / 1.999
    right = {
        "gd_4": 1 - 0.1 * sum(GRADIENTS),
        "momentum_2": momentum_2,
        "momentum_3": momentum_2 - 0.1 * (0.64 * g1 + 0.8 * g2 + g3),
        "adagrad_1": 0.9,
        "adagrad_2": 0.9 + 0.1 * 2 / np.sqrt(5),
        "rmsprop_1": 1 - 0.1 / np.sqrt(0.1),
        "adam_1": 0.9,
        "adam_2": 0.9 - 0.1 * mean / np.sqrt(square),
    }
    return {name: float(value) for name, value in right.items()}


def _adam_2(power: float, power_2: float) -> float:
    """Return the second theta of Adam with other corrections."""
    g1, g2, *_ = GRADIENTS
    mean = (0.09 * g1 + 0.1 * g2) / power
    square = (0.000999 * g1**2 + 0.001 * g2**2) / power_2
    return float(0.9 - 0.1 * mean / np.sqrt(square))


EXERCISE = by_hand(
    "X10.1",
    "steps",
    _steps(),
    {
        "M10.2a": (
            {"momentum_2": 1.004, "momentum_3": 1.0132},
            "You averaged the velocity, with a factor 1 - gamma. Momentum sums.",
        ),
        "M10.2d": (
            {"momentum_2": 1.1, "momentum_3": 1.05},
            "These are plain gradient steps: the old velocity has been forgotten.",
        ),
        "M10.3c": (
            {"adagrad_2": 1.0},
            "G began anew. Its second value is 1 + 4, the sum over both steps.",
        ),
        "M10.5a": (
            {"adam_1": 0.6837722, "adam_2": 0.8393513},
            "The bias correction is missing: m and nu start at 0, too small.",
        ),
        "M10.1a": (
            {"gd_4": 1.25},
            "These steps climb. Descent subtracts the gradient.",
        ),
        "M10.3a": (
            {"adagrad_2": 0.94},
            "The root is missing: g is divided by the sum of squares itself.",
        ),
        "M10.4a": (
            {"rmsprop_1": 0.9},
            "The first square entered v with its full weight. Its weight is 1 - rho.",
        ),
        "M10.4b": (
            {"rmsprop_1": float(1 - 0.1 / np.sqrt(0.9))},
            "rho and 1 - rho have changed places. rho is the weight of the past.",
        ),
        "M10.4c": (
            {"rmsprop_1": 0.0},
            "The root is missing: RMS stands for the root of the mean square.",
        ),
        "M10.5c": (
            {"adam_2": _adam_2(0.1, 0.001)},
            "The second step is corrected like the first: the power in 1 - beta**t is t = 2.",
        ),
        "M10.5k": (
            {"adam_2": _adam_2(0.19, 1.0)},
            "In the second step m is corrected, v is not.",
        ),
        "M10.5o": (
            {"adam_2": _adam_2(1.0, 1 - 0.999**2)},
            "In the second step v is corrected, m is not.",
        ),
    },
    lecture=f"{LECTURE}#The-printed-step",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = {
        "gd_4": 0.75,
        "momentum_2": 1.02,
        "momentum_3": 1.066,
        "adagrad_1": 0.9,
        "adagrad_2": 0.9894427,
        "rmsprop_1": 0.6837722,
        "adam_1": 0.9,
        "adam_2": 0.9366104,
    }
    same_numbers(EXERCISE.reference, wanted, atol=5e-8)
