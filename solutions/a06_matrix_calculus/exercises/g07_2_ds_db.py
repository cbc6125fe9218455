"""G07.2 `ds_db`."""

from __future__ import annotations

import numpy as np

from ..._shared import sigmoid as f
from ..._shared import sigmoid_slope as df
from ._shared import (
    OF_TANH,
    SLOPE_FROM_Z,
    db_in_a_loop,
    db_with_tanh,
    ds_db,
    exercise,
    slopes_agree,
)

EXERCISE = exercise(
    2,
    "ds_db",
    ds_db,
    "Upstream-factor",
    3,
    {
        "a": (
            lambda z, **_: f(z) * df(z),
            "h stands where u belongs (deck D1, line 776 of its text copy, has it so): the "
            "derivative of u . h by h is u.",
        ),
        "b": (lambda z, **_: df(z), "The upstream factor u is missing."),
        "c": (lambda u, **_: u, "The slope f'(z) is missing: b reaches s through f."),
        "d": (
            lambda u, z, **_: u * df(f(z)),
            "The slope is taken at h = f(z). It belongs at z.",
        ),
        "e": (
            lambda u, z, **_: u @ df(z),
            "The components are added up to one number. A row times a diagonal matrix "
            "keeps all n of them: multiply element by element.",
        ),
        "f": (
            lambda u, z, **_: u[None, :] * df(z)[:, None],
            "A row times a column has become an n x n matrix. Give both the same "
            "orientation before you multiply them element by element.",
        ),
        "g": (lambda u, z, **_: u * f(z), "This uses f(z) where its slope f'(z) belongs."),
        "h": (
            lambda W, delta, **_: W.T @ delta,
            "This is the gradient by x. The bias enters z directly, with the identity "
            "as its Jacobian.",
        ),
        "i": (lambda u, z, **_: u * (1 - np.tanh(z) ** 2), OF_TANH),
        "j": (lambda u, z, **_: u * z * (1 - z), SLOPE_FROM_Z),
        "k": (
            lambda u, z, **_: u @ (df(z)[:, None] * np.ones(len(z))),
            "All entries hold the same sum. The Jacobian of f is diagonal, so entry i of "
            "the result contains only u_i and the slope at z_i.",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def df_otherwise(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


def db_through_the_jacobian(u, W, x, b):
    return u @ np.diag(df_otherwise(W @ x + b))


RIGHT_WAYS = [db_in_a_loop, db_through_the_jacobian, db_with_tanh]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, 3)
