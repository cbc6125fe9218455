"""G07.4 `ds_dx`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as f
from ..._shared import sigmoid_slope as df
from ._shared import (
    NO_UPSTREAM,
    OF_TANH,
    SLOPE_AT_H,
    SLOPE_FROM_Z,
    Array,
    db_in_a_loop,
    db_with_tanh,
    ds_db,
    exercise,
    slopes_agree,
)


def ds_dx(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.12: entry j collects all units that x_j feeds."""
    return np.asarray(np.einsum("i,ij->j", ds_db(u, W, x, b), W))


EXERCISE = exercise(
    4,
    "ds_dx",
    ds_dx,
    "Transpose-on-the-way-back",
    3,
    {
        "a": (
            lambda delta, **_: delta,
            "This is the gradient by z. From z back to x it goes through W, transposed.",
        ),
        "b": (lambda W, u, **_: W.T @ u, "The slope f'(z) is missing."),
        "c": (
            lambda W, delta, **_: W @ delta,
            "Backwards it is the transpose of W: column j collects all units that x_j "
            "feeds. Only a square W lets the other order pass.",
        ),
        "d": (
            lambda W, delta, x, **_: (W.T @ delta) * x,
            "The gradient by x is multiplied by x itself; it does not appear in it.",
        ),
        "e": (
            lambda W, u, z, **_: W.T @ (u * f(z)),
            "The error signal uses f(z) where its slope f'(z) belongs.",
        ),
        "f": (
            lambda W, **_: W.sum(0),
            "The rows of W are added without their weights, the error signals of the "
            "units.",
        ),
        "g": (lambda W, z, **_: W.T @ df(z), NO_UPSTREAM),
        "h": (lambda W, u, z, **_: W.T @ (u * df(f(z))), SLOPE_AT_H),
        "i": (lambda W, u, z, **_: W.T @ (u * (1 - np.tanh(z) ** 2)), OF_TANH),
        "j": (lambda W, u, z, **_: W.T @ (u * z * (1 - z)), SLOPE_FROM_Z),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def dx_in_a_loop(u, W, x, b):
    delta = db_with_tanh(u, W, x, b)
    return np.array([sum(delta[i] * W[i, j] for i in range(len(u))) for j in range(len(x))])


def dx_from_the_left(u, W, x, b):
    return db_in_a_loop(u, W, x, b) @ W


def dx_by_einsum(u, W, x, b):
    return np.einsum("i,ij->j", db_with_tanh(u, W, x, b), W)


RIGHT_WAYS = [dx_in_a_loop, dx_from_the_left, dx_by_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, 2)
