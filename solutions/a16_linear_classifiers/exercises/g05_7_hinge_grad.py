"""G05.7 `hinge_grad`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise

from ..._losses import LECTURE, Array, Rng, mistakes, slopes_agree
from ._shared import margin_inputs


def hinge_inputs(rng: Rng) -> list[Case]:
    """As `margin_inputs`, and scores exactly at the margin."""
    corner = np.array([1.0, -1.0, 0.5]), np.array([1.0, -1.0, 1.0])
    return [
        *margin_inputs(rng),
        Case(
            name="corner",
            args=corner,
            batch=3,
            role="edge",
            requirement="slope 0 where y s equals 1",
        ),
    ]


def hinge_grad(s: Array, y: Array) -> Array:
    """T05.13: by cases of the margin y s."""
    slope = np.where(np.multiply(y, s) >= 1, 0.0, -1.0)
    return np.asarray(slope * y / s.size)


def _zero_one_labels(s: Array, y: Array) -> Array:
    t = (y + 1) / 2
    return np.asarray(-t * (t * s < 1) / len(s))


EXERCISE = Exercise(
    id="G05.7",
    function="hinge_grad",
    points=3,
    reference=hinge_grad,
    inputs=hinge_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.7",
        {
            "a": (
                lambda s, y: y * (y * s < 1) / len(s),
                "The sign is turned round: a larger y s makes the loss smaller.",
            ),
            "b": (
                lambda s, y: -y * (y * s < 0) / len(s),
                "Right answers inside the margin get no gradient; that is the "
                "perceptron's loss. The hinge pushes until y s reaches 1.",
            ),
            "c": (
                lambda s, y: -1.0 * (y * s < 1) / len(s),
                "The label is missing: examples of the class -1 have to be pushed down.",
            ),
            "d": (
                lambda s, y: -y * (y * s > 1) / len(s),
                "The comparison is turned round: beyond the margin there is no gradient.",
            ),
            "e": (
                lambda s, y: -y * (1 - y * s) * (y * s < 1) / len(s),
                "The slope grows with the distance to the margin; that belongs to the "
                "squared hinge. Inside the margin the hinge has a constant slope.",
            ),
            "e, doubled": (
                lambda s, y: -2 * y * (1 - y * s) * (y * s < 1) / len(s),
                "The slope grows with the distance to the margin; that belongs to the "
                "squared hinge. Inside the margin the hinge has a constant slope.",
            ),
            "f": (
                _zero_one_labels,
                "The labels are treated as 0 and 1. Here they are -1 and +1, so that "
                "both classes push.",
            ),
            "Xg": (
                lambda s, y: -y * (y * s < 1) / max(np.sum(y * s < 1), 1),
                "You divide by the number of examples that have a slope. The mean runs "
                "over all of them: divide by N.",
            ),
            "Xh": (
                lambda s, y: -y * (s < 1) / len(s),
                "The comparison looks at s alone. The margin is y * s, so that both "
                "classes are treated alike.",
            ),
            "Xi": (
                lambda s, y: -y * (y * s <= 1) / len(s),
                "Where y s is exactly 1 there is a corner, and the course takes the flat "
                "side: compare with <, not <=.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def hinge_with_where(s, y):
    return np.where(1 - y * s > 0, -y, 0.0) / len(y)


def hinge_in_a_loop(s, y):
    out = np.zeros_like(s)
    for i in range(len(s)):
        if y[i] * s[i] < 1:
            out[i] = -y[i] / len(s)
    return out


def hinge_with_heaviside(s, y):
    return -np.heaviside(1 - y * s, 0.0) * y / len(s)


RIGHT_WAYS = [hinge_with_where, hinge_in_a_loop, hinge_with_heaviside]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, lambda s, y: torch.relu(1 - y * s).mean())
