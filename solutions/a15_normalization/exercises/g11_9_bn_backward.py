"""G11.9 `bn_backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import (
    ALONE,
    BACKWARD,
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
)


def backward_inputs(rng: Rng) -> list[Case]:
    """What the way forward leaves behind; an epsilon that is seen; a single example."""

    def case(n: int, h: int, eps: float, **more: Any) -> Case:
        z = spread(rng, n, h)
        columns = [standardised(z[:, k], eps) for k in range(h)]
        z_hat = np.array([column[0] for column in columns]).T.copy()
        s = np.array([column[3] for column in columns])
        dy = rng.normal(0.6, 1, (n, h))
        args = (dy, z_hat, s, factors(rng, h))
        return Case(name=f"N = {n}, h = {h}", args=args, batch=n, **more)

    z_hat = np.array([[-1.0], [-1.0], [1.0], [1.0]])
    shown = (np.array([[4.0], [0.0], [0.0], [0.0]]), z_hat, np.array([2.0]), np.ones(1))
    return [
        Case(name="visible", args=shown, role="visible", batch=4),
        case(5, 3, 0.3),
        case(4, 4, 0.5),
        case(3, 5, 0.2),
        case(6, 2, 1e-5),
        case(7, 1, 0.4),
        case(1, 3, 0.5, role="edge", requirement=ALONE),
        case(1, 1, 0.3, role="edge", requirement=ALONE),
    ]


def bn_backward(
    dy: Array, z_hat: Array, s: Array, gamma: Array
) -> tuple[Array, Array, Array]:
    """Gradients of z, gamma and beta, with the Jacobian of each unit.

    Args:
        dy: `(N, h)` float, gradient of the loss by the layer's results.
        z_hat: `(N, h)` float, normalised.
        s: `(h,)` float, the roots it was divided by.
        gamma: `(h,)` float.
    """
    units = range(dy.shape[1])
    dz = [pulled_back(gamma[k] * dy[:, k], z_hat[:, k], s[k]) for k in units]
    return np.array(dz).T, *of_parameters(dy, z_hat)


def _kept(dy: Array, z_hat: Array, s: Array, gamma: Array) -> Any:
    dz, dgamma, dbeta = bn_backward(dy, z_hat, s, gamma)
    return dz, dgamma[None], dbeta[None]


EXERCISE = Exercise(
    id="G11.9",
    function="bn_backward",
    points=4,
    reference=bn_backward,
    inputs=backward_inputs,
    outputs=("dz", "dgamma", "dbeta"),
    pack="tuple",
    parts=backward_parts(ALONE),
    lecture=BACKWARD,
    mistakes=(
        *ways_back("X11.9", 0, "the examples", "N"),
        Mistake(
            code="X11.9w",
            variant=backward_with(
                0, mean=lambda values: values.mean(axis=1, keepdims=True)
            ),
            message="dz takes its means over the units. The batch was normalised over the "
            "examples, so the means are over them: axis 0.",
        ),
        Mistake(
            code="X11.9q",
            variant=_kept,
            message="dgamma and dbeta have an axis too many, of length 1. Their shape is "
            "(h,), that of gamma.",
        ),
        Mistake(
            code="X11.9y",
            variant=backward_with(
                0, mean=lambda values: values.sum(axis=0) / values.shape[1]
            ),
            message="dz sums over the examples, but divides by h, the number of units. "
            "There are N examples.",
        ),
        Mistake(
            code="X11.9x",
            variant=backward_with(0, mean=np.mean),
            message="dz takes one mean over all numbers. Each unit has its own: axis=0 is "
            "missing.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def backward_as_in_the_lecture(dy, z_hat, s, gamma):
    d = gamma * dy
    dz = (d - d.mean(axis=0) - z_hat * (d * z_hat).mean(axis=0)) / s
    return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)


def backward_in_one_fraction(dy, z_hat, s, gamma):
    N = len(dy)
    dbeta, dgamma = np.sum(dy, 0), np.sum(dy * z_hat, 0)
    return [gamma / (N * s) * (N * dy - dbeta - z_hat * dgamma), dgamma, dbeta]


def backward_node_by_node(dy, z_hat, s, gamma):
    """The graph of the way forward, as CS231n draws it; z itself is not needed."""
    N = dy.shape[0]
    centred = z_hat * s
    d = dy * gamma
    dinverse = (d * centred).sum(axis=0)
    dcentred = d / s
    dvar = -0.5 * dinverse * s**-3
    dcentred = dcentred + 2 * centred * dvar / N
    dmu = -dcentred.sum(axis=0)
    return dcentred + dmu / N, np.einsum("nh,nh->h", dy, z_hat), np.ones(N) @ dy


def backward_example_by_example(dy, z_hat, s, gamma):
    N, h = dy.shape
    dz, dgamma, dbeta = np.zeros((N, h)), np.zeros(h), np.zeros(h)
    for k in range(h):
        for n in range(N):
            dgamma[k] += dy[n, k] * z_hat[n, k]
            dbeta[k] += dy[n, k]
        for m in range(N):
            own = dy[m, k] - dbeta[k] / N - z_hat[m, k] * dgamma[k] / N
            dz[m, k] = gamma[k] * own / s[k]
    return dz, dgamma, dbeta


RIGHT_WAYS = [
    backward_as_in_the_lecture,
    backward_in_one_fraction,
    backward_node_by_node,
    backward_example_by_example,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    """A z that leaves this z_hat and this s; what s**2 has more than it is epsilon."""
    import torch

    for (dy, z_hat, s, gamma), value in expected(EXERCISE):
        z = z_hat * s
        eps = torch.tensor(s**2 - z.var(axis=0))
        pull = torch.tensor(dy)

        def loss(z, gamma, beta, eps=eps, pull=pull):
            root = (z.var(dim=0, unbiased=False) + eps).sqrt()
            return (pull * (gamma * (z - z.mean(dim=0)) / root + beta)).sum()

        wanted = autograd(loss, z, gamma, 0 * gamma)
        for found, theirs in zip(value, wanted, strict=True):
            np.testing.assert_allclose(found, theirs, rtol=1e-7, atol=1e-9)


def witness_errors_sum_to_zero() -> None:
    for _, (dz, *_) in expected(EXERCISE):
        np.testing.assert_allclose(dz.sum(axis=0), 0, atol=1e-12)
