"""G04.14 `softmax_jacobian`."""

from __future__ import annotations

import numpy as np

from grader.model import Case
from grader.vetting.witness import expected

from ._shared import Rng, _probabilities, exercise, softmax_jacobian


def jacobian_inputs(rng: Rng) -> list[Case]:
    """Three, four and six classes; a certain prediction."""
    sure = np.array([0.0, 1.0, 0.0])
    return [
        *(Case(name=f"{c} classes", args=(_probabilities(rng, c),)) for c in (3, 4, 6)),
        Case(name="sure", args=(sure,), role="edge", requirement="a certain prediction"),
        Case(name="visible", args=(np.array([0.5, 0.3, 0.2]),), role="visible"),
    ]


PAIRS = (
    "p @ p is one number and p * p has C entries. All C x C products p_i p_j come from "
    "np.outer(p, p)."
)


EXERCISE = exercise(
    14,
    "softmax_jacobian",
    softmax_jacobian,
    jacobian_inputs,
    "Softmax",
    {
        "a": (
            lambda p: np.diag(p * (1 - p)),
            "Only the diagonal is filled. A softmax ties all classes together: raising "
            "one score lowers every other probability.",
        ),
        "b": (
            lambda p: np.outer(p, p) - np.diag(p),
            "The sign is wrong: p(1 - p) on the diagonal is positive.",
        ),
        "c": (
            np.diag,
            "The part that comes from the common denominator is missing: -p_i p_j.",
        ),
        "d": (
            lambda p: -np.outer(p, p),
            "The part that comes from the numerator is missing: p on the diagonal.",
        ),
        "e": (
            lambda p: np.diag(p) + np.outer(p, p),
            "The two parts are added. Probabilities always add up to 1, so every row of "
            "the Jacobian has to add up to 0.",
        ),
        "Xf": (
            lambda p: np.diag(p) - p @ p,
            PAIRS,
        ),
        "Xf, squares": (
            lambda p: np.diag(p) - p * p,
            PAIRS,
        ),
        "Xi": (
            lambda p: np.outer(p, 1 - p),
            "p_i (1 - p_j) stands everywhere. The 1 belongs to the diagonal only; beside it "
            "is -p_i p_j.",
        ),
        "Xg": (
            lambda p: np.eye(len(p)) - np.outer(p, p),
            "On the diagonal p belongs, not 1: take np.diag(p) in place of the identity.",
        ),
        "Xh": (
            lambda p: softmax_jacobian(np.exp(p) / np.exp(p).sum()),
            "The softmax is applied once more. The argument p already holds probabilities.",
        ),
    },
    points=4,
)


# --- other right ways of writing it ---------------------------------------------------


def jacobian_in_loops(p):
    C = len(p)
    J = np.zeros((C, C))
    for i in range(C):
        for j in range(C):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J


def jacobian_factored(p):
    return p[:, None] * (np.eye(p.size) - p)


def jacobian_filled(p):
    J = -p.reshape(-1, 1) @ p.reshape(1, -1)
    J[np.diag_indices(len(p))] += p
    return J


RIGHT_WAYS = [jacobian_in_loops, jacobian_factored, jacobian_filled]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (p,), J in expected(EXERCISE):
        if p.min() > 0:
            z = torch.log(torch.tensor(p))
            wanted = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, 0), z)
            np.testing.assert_allclose(J, wanted.numpy(), rtol=1e-9, atol=1e-12)
