"""G11.11 `ln_backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import (
    LAYER,
    ONE_UNIT,
    Array,
    Rng,
    backward_parts,
    backward_with,
    factors,
    of_parameters,
    pulled_back,
    spread,
    standardised,
    ways_back,
    without_keepdims,
)


def backward_inputs(rng: Rng) -> list[Case]:
    """What the way forward leaves behind; an epsilon that is seen; a single unit."""

    def case(n: int, h: int, eps: float, **more: Any) -> Case:
        rows = [standardised(row, eps) for row in spread(rng, n, h)]
        z_hat = np.array([row[0] for row in rows])
        s = np.array([[row[3]] for row in rows])
        dy = rng.normal(0.6, 1, (n, h))
        args = (dy, z_hat, s, factors(rng, h))
        return Case(name=f"N = {n}, h = {h}", args=args, batch=n, **more)

    z_hat = np.array([[-3.0, -3, 3, 3], [8, -4, -4, 0]]) / 6
    dy = np.array([[2.0, 0, 1, -1], [1, -2, 3, 3]])
    shown = (dy, z_hat, np.array([[4.0], [6.0]]), np.array([2.0, 1, 4, 3]))
    return [
        Case(name="visible", args=shown, role="visible", batch=2),
        case(3, 5, 0.3),
        case(4, 4, 0.5),
        case(5, 3, 0.2),
        case(2, 6, 1e-5),
        case(1, 4, 0.4),
        case(4, 1, 0.5, role="edge", requirement=ONE_UNIT),
    ]


def ln_backward(
    dy: Array, z_hat: Array, s: Array, gamma: Array
) -> tuple[Array, Array, Array]:
    """Gradients of z, gamma and beta, with the Jacobian of each example.

    Args:
        dy: `(N, h)` float, gradient of the loss by the layer's results.
        z_hat: `(N, h)` float, normalised.
        s: `(N, 1)` float, the roots it was divided by.
        gamma: `(h,)` float.
    """
    dz = [
        pulled_back([g * e for g, e in zip(gamma, row)], own, root[0])
        for row, own, root in zip(dy, z_hat, s, strict=True)
    ]
    return np.array(dz), *of_parameters(dy, z_hat)


EXERCISE = Exercise(
    id="G11.11",
    function="ln_backward",
    points=4,
    reference=ln_backward,
    inputs=backward_inputs,
    outputs=("dz", "dgamma", "dbeta"),
    pack="tuple",
    parts=backward_parts(ONE_UNIT),
    lecture=LAYER,
    mistakes=(
        *ways_back("X11.11", 1, "the units", "h"),
        Mistake(
            code="X11.11w",
            variant=backward_with(
                1, mean=lambda values: values.mean(axis=0, keepdims=True)
            ),
            message="dz takes its means over the examples, as for batch normalisation. An "
            "example was normalised over its own units: axis 1.",
        ),
        Mistake(
            code="X11.11A",
            detect=without_keepdims,
            message="The shapes do not fit: a mean over axis 1 has the shape (N,), and is "
            "taken for a row with a number for each unit. keepdims=True keeps it a column, "
            "(N, 1).",
        ),
        Mistake(
            code="X11.11x",
            variant=backward_with(1, mean=np.mean),
            message="dz takes one mean over all numbers. Each example has its own: "
            "axis=1, keepdims=True.",
        ),
        Mistake(
            code="X11.11y",
            variant=backward_with(1, outside=True),
            message="gamma is multiplied to dz at the end. Here it differs within the "
            "mean: multiply dy by it first, d = gamma * dy, and take the means of d.",
        ),
        Mistake(
            code="X11.11z",
            variant=backward_with(
                1, mean=lambda values: values.sum(axis=1, keepdims=True) / len(values)
            ),
            message="dz sums over the units, but divides by N, the number of examples. "
            "There are h units.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def backward_with_keepdims(dy, z_hat, s, gamma):
    d = gamma * dy
    mean = d.mean(axis=1, keepdims=True)
    part = (d * z_hat).mean(axis=1, keepdims=True)
    return (d - mean - z_hat * part) / s, (dy * z_hat).sum(axis=0), dy.sum(axis=0)


def backward_in_one_fraction(dy, z_hat, s, gamma):
    h = dy.shape[1]
    d = dy * gamma
    total = np.sum(d, 1, keepdims=True)
    part = np.sum(d * z_hat, 1, keepdims=True)
    dz = (h * d - total - z_hat * part) / (h * s)
    return [dz, np.einsum("nh,nh->h", dy, z_hat), np.ones(len(dy)) @ dy]


def backward_turned(dy, z_hat, s, gamma):
    """Turn the table, and take the way back of batch normalisation."""
    d, v = (dy * gamma).T, z_hat.T
    dz = (d - d.mean(axis=0) - v * (d * v).mean(axis=0)) / s[:, 0]
    return dz.T, np.sum(dy * z_hat, axis=0), np.sum(dy, axis=0)


def backward_row_by_row(dy, z_hat, s, gamma):
    h = dy.shape[1]
    dz = np.zeros_like(dy)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    for n in range(len(dy)):
        jacobian = (np.eye(h) - 1 / h - np.outer(z_hat[n], z_hat[n]) / h) / s[n]
        dz[n] = jacobian @ (gamma * dy[n])
        dgamma += dy[n] * z_hat[n]
        dbeta += dy[n]
    return dz, dgamma, dbeta


def _flat(dy, z_hat, s, gamma):
    d = gamma * dy
    dz = (d - d.mean(1) - z_hat * (d * z_hat).mean(1)) / s
    return dz, (dy * z_hat).sum(0), dy.sum(0)


def _flat_part(dy, z_hat, s, gamma):
    d = gamma * dy
    dz = (d - d.mean(1, keepdims=True) - z_hat * (d * z_hat).mean(1)) / s
    return dz, (dy * z_hat).sum(0), dy.sum(0)


WRONG_WAYS = {"X11.11A": [_flat, _flat_part]}
RIGHT_WAYS = [
    backward_with_keepdims,
    backward_in_one_fraction,
    backward_turned,
    backward_row_by_row,
]


EQUIVALENTS = {
    "along = (d * z_hat).mean(axis=1, keepdims=True) → along = (d * z_hat).mean(axis=-1, keepdims=True)": "the last axis of a matrix is axis 1",
    "dz = (d - d.mean(axis=1, keepdims=True) - z_hat * along) / s → dz = (d - d.mean(axis=-1, keepdims=True) - z_hat * along) / s": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    """A z that leaves this z_hat and this s; what s**2 has more than it is epsilon."""
    import torch

    for (dy, z_hat, s, gamma), value in expected(EXERCISE):
        z = z_hat * s
        eps = torch.tensor(s**2 - z.var(axis=1, keepdims=True))
        pull = torch.tensor(dy)

        def loss(z, gamma, beta, eps=eps, pull=pull):
            root = (z.var(dim=1, unbiased=False, keepdim=True) + eps).sqrt()
            own = (z - z.mean(dim=1, keepdim=True)) / root
            return (pull * (gamma * own + beta)).sum()

        wanted = autograd(loss, z, gamma, 0 * gamma)
        for found, theirs in zip(value, wanted, strict=True):
            np.testing.assert_allclose(found, theirs, rtol=1e-7, atol=1e-9)


def witness_layer_norm_of_torch() -> None:
    import torch

    z, gamma, dy = (
        np.random.default_rng(1).normal(1, 2, shape) for shape in ((3, 4), 4, (3, 4))
    )
    own = z - z.mean(axis=1, keepdims=True)
    s = np.sqrt(z.var(axis=1, keepdims=True) + 0.5)
    found = ln_backward(dy, own / s, s, gamma)
    wanted = autograd(
        lambda z, gamma, beta: (
            torch.tensor(dy) * torch.nn.functional.layer_norm(z, (4,), gamma, beta, 0.5)
        ).sum(),
        z,
        gamma,
        np.zeros(4),
    )
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-9)
