"""G07.3 `ds_dW`."""

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
    db_with_tanh,
    ds_db,
    exercise,
    f_otherwise,
    slopes_agree,
)

FOR_THE_OUTPUT = (
    "The error signal is paired with the layer's output. A weight is multiplied by the "
    "layer's input, x."
)


def ds_dW(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.13: entry (i, j) is delta_i x_j."""
    return np.asarray(np.einsum("i,j->ij", ds_db(u, W, x, b), x))


EXERCISE = exercise(
    3,
    "ds_dW",
    ds_dW,
    "Outer-product",
    3,
    {
        "a": (
            lambda delta, x, **_: np.outer(x, delta),
            "The matrix is transposed: rows belong to units, columns to inputs, as in W.",
        ),
        "b": (
            lambda u, x, **_: np.outer(u, x),
            "The slope f'(z) is missing from the error signal.",
        ),
        "c": (
            lambda z, x, **_: np.outer(df(z), x),
            NO_UPSTREAM,
        ),
        "d": (lambda delta, z, **_: np.outer(delta, f(z)), FOR_THE_OUTPUT),
        "d'": (
            lambda delta, z, x, **_: np.outer(delta, np.resize(f(z), x.shape)),
            FOR_THE_OUTPUT,
        ),
        "e": (
            lambda delta, W, **_: delta[:, None] * W,
            "The weights themselves appear. The derivative of z_i by W_ij is x_j.",
        ),
        "f": (
            lambda delta, x, **_: delta.sum() * x,
            "The units are added up. Each unit has a row of its own.",
        ),
        "g": (
            lambda u, z, x, **_: np.outer(u * f(z), x),
            "The error signal uses f(z) where its slope f'(z) belongs.",
        ),
        "h": (lambda u, z, x, **_: np.outer(u * (1 - np.tanh(z) ** 2), x), OF_TANH),
        "i": (lambda u, z, x, **_: np.outer(u * z * (1 - z), x), SLOPE_FROM_Z),
        "j": (lambda u, z, x, **_: np.outer(u * df(f(z)), x), SLOPE_AT_H),
        "k": (
            lambda delta, z, **_: np.outer(delta, z),
            "The error signal is paired with z. A weight is multiplied by the layer's "
            "input, x.",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def dW_in_loops(u, W, x, b):
    out = np.zeros_like(W)
    for i in range(W.shape[0]):
        h = f_otherwise(W[i] @ x + b[i])
        for j in range(W.shape[1]):
            out[i, j] = u[i] * h * (1 - h) * x[j]
    return out


def dW_by_broadcasting(u, W, x, b):
    return db_with_tanh(u, W, x, b)[:, None] * x


def dW_transposed_twice(u, W, x, b):
    return (x.reshape(-1, 1) @ db_with_tanh(u, W, x, b).reshape(1, -1)).T


RIGHT_WAYS = [dW_in_loops, dW_by_broadcasting, dW_transposed_twice]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, 1)
