"""G07.5 `ds_du`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as f
from ..._shared import sigmoid_slope as df
from ._shared import OF_TANH, Array, exercise, f_otherwise, slopes_agree


def ds_du(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.8: s is linear in u."""
    return np.asarray(f(np.einsum("ij,j->i", W, x) + b))


EXERCISE = exercise(
    5,
    "ds_du",
    ds_du,
    "One-layer,-one-score",
    2,
    {
        "a": (lambda u, **_: u, "This is the gradient by h. By u, the factor left is h."),
        "b": (
            lambda z, **_: z,
            "u multiplies the activation h = f(z), not the pre-activation z.",
        ),
        "c": (lambda z, **_: df(z), "No slope is needed: s is linear in u."),
        "d": (lambda delta, **_: delta, "This is the gradient by z. s is linear in u."),
        "e": (
            lambda z, **_: f(z)[None, :],
            "This is the Jacobian, a row. A gradient has the shape of its parameter: (n,).",
        ),
        "f": (lambda z, **_: np.tanh(z), OF_TANH),
        "g": (
            lambda u, z, **_: u * f(z),
            "These are the terms u_i * h_i of the sum s itself. The derivative of such a "
            "term by u_i no longer holds u_i.",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def du_in_a_loop(u, W, x, b):
    return np.array([f_otherwise(W[i] @ x + b[i]) for i in range(len(u))])


def du_with_tanh(u, W, x, b):
    return 0.5 + 0.5 * np.tanh(0.5 * (W @ x + b))


def du_as_a_view(u, W, x, b):
    both = f_otherwise(np.column_stack([W @ x + b, W @ x + b]))
    return both[:, 1]


RIGHT_WAYS = [du_in_a_loop, du_with_tanh, du_as_a_view]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, 0)
