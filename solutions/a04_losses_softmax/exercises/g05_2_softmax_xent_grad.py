"""G05.2 `softmax_xent_grad`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise

from ..._losses import (
    LECTURE,
    Array,
    Rng,
    log_softmax,
    mistakes,
    one_hot,
    one_hot_otherwise,
    slopes_agree,
    softmax,
    stable_softmax,
)


def xent_inputs(rng: Rng) -> list[Case]:
    """Uneven classes, a square batch, scores of +-1000, one example."""

    def case(n: int, c: int, name: str, **more: Any) -> Case:
        y = np.concatenate([[0, 0, c - 1], rng.integers(0, c, n)])[:n]
        args = rng.normal(0, 1.5, (n, c)), rng.permutation(y)
        return Case(name=name, args=args, batch=n, **more)

    low = [-1000.0, -1001.0, -1002.0]
    huge = np.array([[1000.0, -1000.0, 0.0], [0.0, 0.0, 1000.0], low]), np.array([1, 2, 0])
    return [
        case(5, 3, "5 examples, 3 classes"),
        case(4, 5, "4 examples, 5 classes"),
        case(3, 3, "square"),
        case(1, 3, "one", role="edge", requirement="one example, N = 1"),
        Case(name="huge", args=huge, role="edge", requirement="scores of ±1000"),
    ]


def softmax_xent_grad(logits: Array, y: Array) -> Array:
    """T05.10: by the Jacobian of the softmax, example by example."""
    rows = []
    for z, label in zip(logits, y, strict=True):
        p = softmax(z)
        row = p.copy()
        row[label] -= 1.0
        rows.append(row / len(y))
    return np.array(rows)


def _residual(
    change: Callable[[Array, Array, int], Array],
) -> Callable[[Array, Array], Array]:
    """Return a wrong gradient from probabilities, one-hot targets and N."""

    def gradient(logits: Array, y: Array) -> Array:
        P = softmax(logits)
        return change(P, one_hot(y, P.shape[1]), len(y))

    return gradient


def _whole_columns(logits: Array, y: Array) -> Array:
    P = softmax(logits)
    P[:, y] -= 1.0
    return np.asarray(P / len(y))


EXERCISE = Exercise(
    id="G05.2",
    function="softmax_xent_grad",
    points=4,
    reference=softmax_xent_grad,
    inputs=xent_inputs,
    outputs=("dlogits",),
    vectorised=True,
    lecture=f"{LECTURE}#The-gradient:-prediction-minus-target",
    mistakes=mistakes(
        "05.2",
        {
            "a": (
                _residual(lambda P, Y, N: P - Y),
                "The 1/N is missing: the loss is a mean over the batch, and so is its "
                "gradient.",
            ),
            "b": (
                _residual(lambda P, Y, N: (Y - P) / N),
                "This points uphill: the gradient is prediction minus target.",
            ),
            "c": (
                _residual(lambda P, Y, N: -Y / P / N),
                "This is the gradient by the probabilities. Go on, through the softmax, "
                "to the scores.",
            ),
            "d": (
                _residual(lambda P, Y, N: (P - Y) * P * (1 - P) / N),
                "There is a factor p(1 - p) too many: the logarithm of the loss cancels "
                "it.",
            ),
            "e": (
                _residual(lambda P, Y, N: -Y * (1 - P) / N),
                "Only the true class gets a gradient. A softmax ties all scores together: "
                "the scores of the wrong classes get p.",
            ),
            "f": (
                lambda logits, y: (
                    (softmax(logits) - one_hot(y - 1, logits.shape[1])) / len(y)
                ),
                "The labels are shifted by one: they start at 0.",
            ),
            "g": (
                _residual(lambda P, Y, N: (P - Y) / P.size),
                "The mean runs over examples and classes. Divide by the number of "
                "examples only.",
            ),
            "h": (
                lambda logits, y: (logits - one_hot(y, logits.shape[1])) / len(y),
                "Raw scores stand where probabilities belong: apply the softmax first.",
            ),
            "Xi": (
                lambda logits, y: (softmax(logits) - one_hot(y, int(y.max()) + 1)) / len(y),
                "The number of classes seems to be taken from y, as in y.max() + 1. A batch "
                "need not hold every class: take it from logits.shape[1].",
            ),
            "Xj": (
                _whole_columns,
                "[:, y] takes whole columns: 1 is subtracted in rows of other classes, "
                "too. One entry per row is [np.arange(N), y].",
            ),
            "Xk": (
                lambda logits, y: (softmax(logits) - y[:, None]) / len(y),
                "The number of the class is subtracted in the whole row. Subtract 1, only "
                "at the true class (a one-hot row).",
            ),
            "Xm": (
                _residual(lambda P, Y, N: P - Y / N),
                "Only the 1 at the true class is divided by N. The 1/N belongs to the whole "
                "difference.",
            ),
            "Xl": (
                _residual(lambda P, Y, N: (softmax(P) - Y) / N),
                "The softmax is applied twice. It is needed once, from scores to "
                "probabilities.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def grad_with_one_hot(logits, y):
    return (stable_softmax(logits) - one_hot_otherwise(y, logits.shape[1])) / len(y)


def grad_through_logarithms(logits, y):
    return (np.exp(log_softmax(logits)) - np.eye(logits.shape[1])[y]) / y.size


def grad_in_fortran_order(logits, y):
    P = np.asfortranarray(stable_softmax(logits))
    P[range(len(y)), y] -= 1
    P.flags.writeable = False
    return P / len(y)


def grad_through_the_jacobian(logits, y):
    rows = []
    for p, label in zip(stable_softmax(logits), y, strict=True):
        rows.append((np.diag(p) - np.outer(p, p))[label] * -1 / max(p[label], 1e-300))
    if np.abs(logits).max() > 100:  # the quotient above underflows: go the short way
        return grad_with_one_hot(logits, y)
    return np.array(rows) / len(y)


RIGHT_WAYS = [
    grad_with_one_hot,
    grad_through_logarithms,
    grad_in_fortran_order,
    grad_through_the_jacobian,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    slopes_agree(EXERCISE, torch.nn.functional.cross_entropy)
