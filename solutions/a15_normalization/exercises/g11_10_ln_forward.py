"""G11.10 `ln_forward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import (
    CLOSE,
    LAYER,
    ONE_UNIT,
    Array,
    Rng,
    factors,
    spread,
    standardised,
    without_keepdims,
)


def ln_inputs(rng: Rng) -> list[Case]:
    """Sizes that differ and agree, a single example; a single unit at the edge."""

    def case(n: int, h: int, eps: float, **more: Any) -> Case:
        args = (spread(rng, n, h), factors(rng, h), rng.normal(1, 1, h), eps)
        return Case(name=f"N = {n}, h = {h}", args=args, **more)

    z = np.array([[1.0, 1, 5, 5], [13, 1, 1, 5]])
    shown = (z, np.array([2.0, 1, 4, 3]), np.array([1.0, -1, 0, 2]), 12.0)
    return [
        Case(name="visible", args=shown, role="visible"),
        case(3, 5, 0.3),
        case(4, 4, 1e-5),
        case(5, 2, 0.7),
        case(1, 4, 0.2),
        case(3, 1, 0.4, role="edge", requirement=ONE_UNIT),
    ]


def ln_forward(
    z: Array, gamma: Array, beta: Array, eps: float
) -> tuple[Array, Array, Array]:
    """Layer normalisation, example by example, and what the way back needs.

    Args:
        z: `(N, h)` float.
        gamma: `(h,)` float, factors.
        beta: `(h,)` float, shifts.
        eps: is added to each variance.
    """
    rows = [standardised(row, eps) for row in z]
    z_hat = np.array([row[0] for row in rows])
    s = np.array([[row[3]] for row in rows])
    y = [[g * v + b for g, v, b in zip(gamma, row, beta)] for row in z_hat]
    return np.array(y), z_hat, s


def _layer_norm(
    *,
    mean: Callable[[Array], Any] = lambda z: z.mean(axis=1, keepdims=True),
    var: Callable[[Array], Any] = lambda z: z.var(axis=1, keepdims=True),
    root: Callable[[Any, float], Any] = lambda var, eps: np.sqrt(var + eps),
    affine: Callable[[Array, Array, Array], Array] = lambda v, gamma, beta: (
        gamma * v + beta
    ),
    shown: Callable[..., Any] = lambda y, v, s, var: (y, v, s),
) -> Callable[..., Any]:
    """Return layer normalisation with something else in one place."""

    def forward(z: Array, gamma: Array, beta: Array, eps: float) -> Any:
        s = root(var(z), eps)
        z_hat = (z - mean(z)) / s
        return shown(affine(z_hat, gamma, beta), z_hat, s, var(z))

    return forward


def _over_examples(z: Array) -> Any:
    return z.var(axis=0, keepdims=True)


EXERCISE = Exercise(
    id="G11.10",
    function="ln_forward",
    points=2,
    reference=ln_forward,
    inputs=ln_inputs,
    outputs=("y", "z_hat", "s"),
    pack="tuple",
    parts=(
        Part(name="y", weight=1.0, output="y"),
        Part(name="z_hat", weight=0.4, output="z_hat"),
        Part(name="s", weight=0.3, output="s"),
        Part(name=ONE_UNIT, weight=0.15, edge=ONE_UNIT),
        Part(name=UNCHANGED, weight=0.15, edge=UNCHANGED),
    ),
    lecture=LAYER,
    mistakes=(
        Mistake(
            code="X11.10a",
            variant=_layer_norm(
                mean=lambda z: z.mean(axis=0, keepdims=True), var=_over_examples
            ),
            message="Mean and variance are taken over the examples: that is batch "
            "normalisation. Take them over the units of each example, axis 1.",
        ),
        Mistake(
            code="X11.10a",
            variant=_layer_norm(
                mean=lambda z: z.mean(axis=0),
                var=lambda z: z.var(axis=0),
            ),
            message="Mean and variance are taken over the examples: that is batch "
            "normalisation. Take them over the units of each example, axis 1.",
        ),
        Mistake(
            code="X11.10b",
            variant=_layer_norm(mean=np.mean, var=np.var),
            message="One mean and one variance serve the whole batch. Each example, each "
            "row, has its own.",
        ),
        Mistake(
            code="X11.10b",
            variant=_layer_norm(var=np.var),
            message="The variance is that of the whole batch. Each example, each row, has "
            "its own.",
        ),
        Mistake(
            code="X11.10b",
            variant=_layer_norm(mean=np.mean),
            message="The mean is that of the whole batch. Each example, each row, has its "
            "own.",
        ),
        Mistake(
            code="X11.10l",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, v, np.sqrt(var))),
            message="In the place of s comes the root of the variance alone. epsilon is "
            "part of s.",
        ),
        Mistake(
            code="X11.10o",
            variant=_layer_norm(shown=lambda y, v, s, var: (v, y, s)),
            message="y and z_hat have changed places: return (y, z_hat, s).",
        ),
        Mistake(
            code="X11.10p",
            detect=without_keepdims,
            message="The shapes do not fit: a mean over axis 1 has the shape (N,), and is "
            "taken for a row with a number for each unit. keepdims=True keeps it a column, "
            "(N, 1).",
        ),
        Mistake(
            code="X11.10c",
            variant=_layer_norm(
                var=lambda z: (
                    z.var(axis=1, keepdims=True) * z.shape[1] / max(z.shape[1] - 1, 1)
                )
            ),
            message="The variance is divided by h - 1. It is the mean of the squares: "
            "divide by h.",
        ),
        Mistake(
            code="X11.10d",
            variant=_layer_norm(root=lambda var, eps: np.sqrt(var) + eps),
            message="epsilon is added to the root. It belongs to the variance, under the "
            "root.",
        ),
        Mistake(
            code="X11.10e",
            variant=_layer_norm(root=lambda var, eps: np.sqrt(var)),
            message="epsilon is missing. Add it to the variance, under the root.",
        ),
        Mistake(
            code="X11.10f",
            variant=_layer_norm(root=lambda var, eps: var + eps),
            message="The root is missing: divide by the root of variance plus epsilon.",
        ),
        Mistake(
            code="X11.10g",
            variant=_layer_norm(affine=lambda v, gamma, beta: v),
            message="gamma and beta are missing in y, or y and z_hat are one: y is gamma * "
            "z_hat + beta.",
        ),
        Mistake(
            code="X11.10g",
            variant=_layer_norm(affine=lambda v, gamma, beta: gamma * v),
            message="beta is missing: y is gamma * z_hat + beta.",
        ),
        Mistake(
            code="X11.10h",
            variant=_layer_norm(affine=lambda v, gamma, beta: beta * v + gamma),
            message="gamma and beta have changed places: gamma is the factor, beta is "
            "added.",
        ),
        Mistake(
            code="X11.10h",
            variant=_layer_norm(affine=lambda v, gamma, beta: gamma * (v + beta)),
            message="beta is multiplied by gamma, too. It is added at the end.",
        ),
        Mistake(
            code="X11.10i",
            variant=_layer_norm(
                mean=lambda z: 0.0, var=lambda z: (z**2).mean(axis=1, keepdims=True)
            ),
            message="No mean is taken away, and the root is that of the mean square: that "
            "is RMSNorm. Layer normalisation subtracts the mean of the example first.",
        ),
        Mistake(
            code="X11.10i",
            variant=_layer_norm(mean=lambda z: 0.0),
            message="The mean is not taken away. Subtract the mean of the example before "
            "you divide.",
        ),
        Mistake(
            code="X11.10j",
            variant=_layer_norm(root=lambda var, eps: 1.0 + 0 * var),
            message="Nothing is divided: divide by the root of variance plus epsilon.",
        ),
        Mistake(
            code="X11.10k",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, v, s[:, 0])),
            message="s has one axis. It comes back as a column of shape (N, 1), one number "
            "under each other, so that it divides rows: keepdims=True.",
        ),
        Mistake(
            code="X11.10l",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, v, s**2)),
            message="In the place of s its square comes back, variance plus epsilon. s is "
            "the root.",
        ),
        Mistake(
            code="X11.10m",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, v, 1 / s)),
            message="In the place of s comes 1 / s. s is what you divide by.",
        ),
        Mistake(
            code="X11.10n",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, v * s, s)),
            message="z_hat is z minus its mean, not divided yet. It comes back after the "
            "division.",
        ),
        Mistake(
            code="X11.10o",
            variant=_layer_norm(shown=lambda y, v, s, var: (y, y, s)),
            message="In the place of z_hat comes y. z_hat is without gamma and beta.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def ln_with_keepdims(z, gamma, beta, eps):
    mu = z.mean(axis=1, keepdims=True)
    s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
    z_hat = (z - mu) / s
    return gamma * z_hat + beta, z_hat, s


def ln_turned(z, gamma, beta, eps):
    columns = z.T - z.mean(axis=1)
    s = (np.mean(columns**2, axis=0) + eps) ** 0.5
    z_hat = (columns / s).T
    return z_hat * gamma + beta, z_hat, s.reshape(-1, 1)


def ln_by_einsum(z, gamma, beta, eps):
    h = z.shape[-1]
    centred = z - np.einsum("nh->n", z)[:, None] / h
    s = np.sqrt(np.einsum("nh,nh->n", centred, centred)[:, None] / h + eps)
    return np.einsum("h,nh->nh", gamma, centred / s) + beta, centred / s, s


def ln_row_by_row(z, gamma, beta, eps):
    y, z_hat, s = np.empty_like(z), np.empty_like(z), np.empty((len(z), 1))
    for n, row in enumerate(z):
        s[n, 0] = np.sqrt(np.var(row) + eps)
        z_hat[n] = (row - np.mean(row)) / s[n]
        y[n] = z_hat[n] * gamma + beta
    return [y, z_hat, s]


def _flat(z, gamma, beta, eps):
    s = np.sqrt(z.var(axis=1) + eps)
    z_hat = (z - z.mean(axis=1)) / s
    return gamma * z_hat + beta, z_hat, s


def _flat_mean(z, gamma, beta, eps):
    s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
    z_hat = (z - z.mean(axis=1)) / s
    return gamma * z_hat + beta, z_hat, s


WRONG_WAYS = {"X11.10p": [_flat, _flat_mean]}
RIGHT_WAYS = [ln_with_keepdims, ln_turned, ln_by_einsum, ln_row_by_row]


EQUIVALENTS = {
    "s = np.sqrt(z.var(axis=1, keepdims=True) + eps) → s = np.sqrt(z.var(axis=-1, keepdims=True) + eps)": "the last axis of a matrix is axis 1",
    "z_hat = (z - z.mean(axis=1, keepdims=True)) / s → z_hat = (z - z.mean(axis=-1, keepdims=True)) / s": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_layer_norm_of_torch() -> None:
    import torch

    for (z, gamma, beta, eps), (y, z_hat, s) in expected(EXERCISE):
        shape = (z.shape[1],)
        plain = torch.nn.functional.layer_norm(torch.tensor(z), shape, eps=eps).numpy()
        theirs = torch.nn.functional.layer_norm(
            torch.tensor(z), shape, torch.tensor(gamma), torch.tensor(beta), eps
        )
        np.testing.assert_allclose(z_hat, plain, **CLOSE)
        np.testing.assert_allclose(y, theirs.numpy(), **CLOSE)
        np.testing.assert_allclose(z_hat * s, z - z.mean(axis=1, keepdims=True), **CLOSE)
