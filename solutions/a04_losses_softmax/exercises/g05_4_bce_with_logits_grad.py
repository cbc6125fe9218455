"""G05.4 `bce_with_logits_grad`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.model import Case, Exercise

from ..._losses import LECTURE, Array, Rng, mistakes, slopes_agree, softmax
from ..._shared import sigmoid


def binary_inputs(rng: Rng) -> list[Case]:
    """Mixed labels 0 and 1, scores of +-1000, one example."""

    def case(n: int, name: str, **more: Any) -> Case:
        y = rng.permutation(np.arange(n) % 3 == 0).astype(float)
        return Case(name=name, args=(rng.normal(0, 1.5, n), y), batch=n, **more)

    huge = np.array([1000.0, -1000.0, 1000.0]), np.array([1.0, 1.0, 0.0])
    return [
        case(5, "5 examples"),
        case(7, "7 examples"),
        case(1, "one", role="edge", requirement="one example, N = 1"),
        Case(name="huge", args=huge, role="edge", requirement="scores of ±1000"),
    ]


def bce_with_logits_grad(s: Array, y: Array) -> Array:
    """T05.12: the softmax gradient of the scores (0, s), second entry."""
    rows = [softmax(np.array([0.0, score]))[1] - label for score, label in zip(s, y)]
    return np.array(rows) / len(rows)


def _by_probability(s: Array, y: Array) -> Array:
    p = np.clip(sigmoid(s), 1e-12, 1 - 1e-12)
    return np.asarray((-y / p + (1 - y) / (1 - p)) / len(s))


def _infinite(s: Array, y: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray((np.exp(s) / (1 + np.exp(s)) - y) / len(s))


EXERCISE = Exercise(
    id="G05.4",
    function="bce_with_logits_grad",
    points=3,
    reference=bce_with_logits_grad,
    inputs=binary_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#Why-not-the-squared-error?",
    mistakes=mistakes(
        "05.4",
        {
            "a": (
                lambda s, y: (y - sigmoid(s)) / len(s),
                "This climbs: it is the gradient of the likelihood. For the loss it is "
                "prediction minus target.",
            ),
            "b": (
                lambda s, y: (sigmoid(s) - y) * sigmoid(s) * (1 - sigmoid(s)) / len(s),
                "There is a slope of the sigmoid too many. It cancels for cross-entropy; "
                "with it learning stalls where the unit is saturated.",
            ),
            "c": (lambda s, y: sigmoid(s) - y, "The 1/N is missing."),
            "d": (
                lambda s, y: (s - y) / len(s),
                "The raw score stands where the probability belongs: apply the sigmoid.",
            ),
            "e": (
                lambda s, y: -y * (1 - sigmoid(s)) / len(s),
                "Examples with the label 0 get no gradient; they have to push, too.",
            ),
            "f": (
                lambda s, y: sigmoid(s) * (1 - sigmoid(s)) / len(s),
                "This is the slope of the probability itself. Take the loss first, minus "
                "the logarithm of the probability of the right label.",
            ),
            "Xg": (
                _by_probability,
                "This is the slope by the probability. Go on to the score: the slope of "
                "the sigmoid cancels the two denominators.",
            ),
            "Xh": (
                lambda s, y: (sigmoid(-s) - y) / len(s),
                "The exponent of your sigmoid has the wrong sign: the probability has to "
                "grow with the score.",
            ),
            "Xj": (
                lambda s, y: (softmax(s) - y) / len(s),
                "A softmax over the batch lets the examples compete. Each score has a "
                "probability of its own: its sigmoid.",
            ),
            "Xi": (
                _infinite,
                "Right until exp(s) is infinite: what you do with it gives nan, such as "
                "infinity divided by infinity. The given sigmoid has no such problem.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def binary_by_cases(s, y):
    p = np.array([1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in s])
    return (p - y) / s.size


def binary_with_logaddexp(s, y):
    return (np.exp(-np.logaddexp(0, -s)) - y) / len(s)


def binary_with_where(s, y):
    p = 0.5 * (1 + np.tanh(s / 2))
    return np.where(y == 1, p - 1, p) / len(y)


RIGHT_WAYS = [binary_by_cases, binary_with_logaddexp, binary_with_where]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.binary_cross_entropy_with_logits)
