"""G04.13 `softmax`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from grader.model import Case

from ..._shared import sigmoid as logistic
from ._shared import Array, Rng, exercise, values_agree


def softmax_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, a square, scores around 1000."""
    large = np.array(
        [[1000.0, 1001.0, 1002.0], [-1000.0, 0.0, 1.0], [1000.0, -1000.0, 0.0]]
    )
    return [
        Case(name="5 x 3", args=(rng.normal(0, 1.5, (5, 3)),)),
        Case(name="2 x 4", args=(rng.normal(0, 1.5, (2, 4)),)),
        Case(name="square", args=(rng.normal(0, 1.5, (3, 3)),)),
        Case(name="large", args=(large,), role="edge", requirement="scores of ±1000"),
    ]


def softmax(z: Array, axis: int = -1) -> Array:
    """T04.15: p_c = 1 / (sum over k of exp(z_k - z_c))."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2))


def _ratio(top: Array, bottom: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(top / bottom)


def _exp(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(z))


_WITHOUT_KEEPDIMS: dict[str, Callable[[Array], Array]] = {
    "sum": lambda z: _ratio(_exp(z), _exp(z).sum(-1)),
    "sum after the shift": lambda z: _ratio(
        _exp(z - z.max(-1, keepdims=True)), _exp(z - z.max(-1, keepdims=True)).sum(-1)
    ),
    "maximum": lambda z: _ratio(
        _exp(z - z.max(-1)), _exp(z - z.max(-1)).sum(-1, keepdims=True)
    ),
    "both": lambda z: _ratio(_exp(z - z.max(-1)), _exp(z - z.max(-1)).sum(-1)),
}


EXERCISE = exercise(
    13,
    "softmax",
    softmax,
    softmax_inputs,
    "Softmax",
    {
        "a": (
            lambda z: _ratio(_exp(z), _exp(z).sum(-1, keepdims=True)),
            "The formula is right, but exp overflows for large scores. Subtract each "
            "row's maximum first: it cancels.",
        ),
        "a, one maximum": (
            lambda z: _ratio(_exp(z - z.max()), _exp(z - z.max()).sum(-1, keepdims=True)),
            "One maximum for the whole matrix is not enough: in a row of low scores every "
            "exp becomes 0. Subtract each row's own maximum.",
        ),
        "b": (
            lambda z: _ratio(_exp(z), _exp(z).sum(0)),
            "The columns add up to 1. Each example, a row, has to.",
        ),
        "c": (
            lambda z: _ratio(_exp(z), _exp(z).sum()),
            "The whole matrix adds up to 1. Every row needs a sum of its own, with "
            "keepdims=True.",
        ),
        "d": (
            lambda z: _ratio(z, z.sum(-1, keepdims=True)),
            "The exponential is missing: scores may be negative.",
        ),
        "e": (
            lambda z: _ratio(logistic(z), logistic(z).sum(-1, keepdims=True)),
            "Sigmoids are normalised here. A softmax normalises exponentials.",
        ),
        "g": (
            lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True),
            "These are the logarithms of the probabilities.",
        ),
        "Xi": (
            lambda z: _ratio(_exp(z - z.max(0)), _exp(z - z.max(0)).sum(-1, keepdims=True)),
            "The maximum is taken of each column. What is subtracted cancels only if it is "
            "the same in the whole row.",
        ),
        **{
            f"Xh, {way}": (
                wrong,
                "keepdims=True is missing in a sum or a maximum: one number per row, in "
                "the shape (N,), is lined up with the columns.",
            )
            for way, wrong in _WITHOUT_KEEPDIMS.items()
        },
        "f": (
            lambda z: _exp(z - z.max(-1, keepdims=True)),
            "You divide by the largest term. Divide by the sum of all.",
        ),
    },
    points=3,
)


# --- other right ways of writing it ---------------------------------------------------


def softmax_by_rows(z, axis=-1):
    rows = []
    for row in z:
        e = [math.exp(v - max(row)) for v in row]
        rows.append([v / sum(e) for v in e])
    return np.array(rows)


def softmax_through_logs(z, axis=-1):
    return np.exp(z - np.logaddexp.reduce(z, axis=axis, keepdims=True))


def softmax_transposed(z, axis=-1):
    shifted = z.T - z.T.max(0)
    return (np.exp(shifted) / np.exp(shifted).sum(0)).T


RIGHT_WAYS = [softmax_by_rows, softmax_through_logs, softmax_transposed]

EQUIVALENTS = {
    "def softmax(z, axis=-1): → def softmax(z, axis=--1):": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    values_agree(EXERCISE, lambda z: torch.softmax(z, dim=1))
