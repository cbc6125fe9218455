"""G04.15 `softmax_vjp`."""

from __future__ import annotations

import numpy as np

from grader.model import Case
from grader.vetting.witness import expected

from ._shared import Array, Rng, _probabilities, exercise, softmax_jacobian


def vjp_inputs(rng: Rng) -> list[Case]:
    """Probabilities and upstream gradients of three sizes; a certain prediction."""
    sure = np.array([0.0, 1.0, 0.0]), rng.normal(size=3)
    return [
        *(
            Case(name=f"{c} classes", args=(_probabilities(rng, c), rng.normal(size=c)))
            for c in (3, 4, 6)
        ),
        Case(name="sure", args=sure, role="edge", requirement="a certain prediction"),
        Case(
            name="visible",
            args=(np.array([0.5, 0.3, 0.2]), np.array([1.0, -2.0, 0.5])),
            role="visible",
        ),
    ]


def softmax_vjp(p: Array, g: Array) -> Array:
    """T04.16: J^T g with the Jacobian written out."""
    return np.asarray(np.einsum("ij,i->j", softmax_jacobian(p), g))


EXERCISE = exercise(
    15,
    "softmax_vjp",
    softmax_vjp,
    vjp_inputs,
    "Softmax",
    {
        "a": (
            lambda p, g: p * (1 - p) * g,
            "The softmax is treated as an element-wise function. Its Jacobian is not "
            "diagonal.",
        ),
        "b": (lambda p, g: p * g, "The mean of g, weighted by p, has to be subtracted."),
        "c": (
            lambda p, g: p * (g - g.sum()),
            "The plain sum of g is subtracted. Weigh it by p.",
        ),
        "d": (
            lambda p, g: p * (g - g.mean()),
            "The plain mean of g is subtracted. Weigh it by p.",
        ),
        "e": (
            lambda p, g: g - p,
            "This looks like the short cut for softmax and cross-entropy together, p - y. "
            "Here g can be any upstream gradient.",
        ),
        "e, p - g": (
            lambda p, g: p - g,
            "This is the short cut for softmax and cross-entropy together, p - y. Here g "
            "can be any upstream gradient.",
        ),
        "Xf": (
            lambda p, g: g - p @ g,
            "The factor p_i in front is missing: a class that is improbable hardly moves.",
        ),
        "Xg": (
            lambda p, g: p * g - p @ g,
            "The factor p_i belongs to both terms; you subtract the mean of g without it.",
        ),
        "Xh": (
            lambda p, g: softmax_jacobian(np.exp(p) / np.exp(p).sum()) @ g,
            "The softmax is applied once more. The argument p already holds probabilities.",
        ),
    },
    points=4,
)


# --- other right ways of writing it ---------------------------------------------------


def vjp_by_jacobian(p, g):
    return (np.diag(p) - np.outer(p, p)).T @ g


def vjp_in_a_loop(p, g):
    mean = sum(a * b for a, b in zip(p, g, strict=True))
    return np.array([a * (b - mean) for a, b in zip(p, g, strict=True)])


def vjp_as_difference(p, g):
    return p * g - p * np.sum(p * g)


RIGHT_WAYS = [vjp_by_jacobian, vjp_in_a_loop, vjp_as_difference]

EQUIVALENTS = {
    "return p * (g - p @ g) → return p * (g - g @ p)": "the inner product is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (p, g), dz in expected(EXERCISE):
        if p.min() > 0:
            z = torch.log(torch.tensor(p)).requires_grad_()
            (wanted,) = torch.autograd.grad(torch.softmax(z, 0) @ torch.tensor(g), z)
            np.testing.assert_allclose(dz, wanted.numpy(), rtol=1e-9, atol=1e-12)
