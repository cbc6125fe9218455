"""G09.9 `matmul_backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import ARRAYS, CLOSE, Array, Rng

BACK = "08_backpropagation"


def matmul_inputs(rng: Rng) -> list[Case]:
    """Sizes that all differ, squares, one row or column."""
    sizes = ((2, 3, 4), (4, 2, 3), (3, 3, 3), (2, 2, 2), (1, 3, 2), (3, 1, 2), (3, 2, 1))
    return [
        Case(
            name=f"n = {n}, k = {k}, m = {m}",
            args=tuple(rng.normal(size=s) for s in ((n, k), (k, m), (n, m))),
        )
        for n, k, m in sizes
    ]


def matmul_backward(A: Array, B: Array, up: Array) -> tuple[Array, Array]:
    """C_ij = sum_q A_iq B_qj, entry by entry: roads that meet add."""
    dA, dB = np.zeros(A.shape), np.zeros(B.shape)
    for i, j in np.ndindex(up.shape):
        dA[i] += up[i, j] * B[:, j]
        dB[:, j] += up[i, j] * A[i]
    return dA, dB


EXERCISE = Exercise(
    id="G09.9",
    function="matmul_backward",
    points=2,
    reference=matmul_backward,
    inputs=matmul_inputs,
    outputs=("dA", "dB"),
    pack="tuple",
    lecture=ARRAYS,
    mistakes=(
        Mistake(
            code="X09.9a",
            variant=lambda A, B, up: (up @ B, A @ up),
            message="Nothing is transposed. Write the shapes below each other: only one "
            "product with a transpose has the shape of A, and one that of B.",
        ),
        Mistake(
            code="X09.9b",
            variant=lambda A, B, up: (B.T @ up, up @ A.T),
            message="The factors stand in the wrong order. B stood on the right of A, and "
            "its transpose stands on the right of up; A stood on the left.",
        ),
        Mistake(
            code="X09.9c",
            variant=lambda A, B, up: ((up @ B.T).T, (A.T @ up).T),
            message="Both gradients are transposed. A gradient has the shape of its array.",
        ),
        Mistake(
            code="X09.9d",
            variant=lambda A, B, up: (
                np.ones(up.shape) @ B.T,
                A.T @ np.ones(up.shape),
            ),
            message="These are the gradients if 1 arrives everywhere: up is missing.",
        ),
        Mistake(
            code="X09.9e",
            variant=lambda A, B, up: (up @ B.T / len(A), A.T @ up / len(A)),
            message="The gradients are divided by the number of rows. If there is a mean, "
            "its 1/N is in up already.",
        ),
        Mistake(
            code="X09.9f",
            variant=lambda A, B, up: (up @ A.T, B.T @ up),
            message="Each matrix was multiplied with itself in mind: dA needs B, and dB "
            "needs A.",
        ),
        Mistake(
            code="X09.9g",
            variant=lambda A, B, up: (up * B, up * A),
            message="This multiplies entry by entry. The gradients of a matrix product are "
            "matrix products, too.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def matmul_by_einsum(A, B, up):
    return np.einsum("ij,qj->iq", up, B), np.einsum("iq,ij->qj", A, up)


def matmul_transposed_twice(A, B, up):
    return (B @ up.T).T, (up.T @ A).T


def matmul_as_list(A, B, up):
    return [np.tensordot(up, B, axes=(1, 1)), np.tensordot(A, up, axes=(0, 0))]


def matmul_column_by_column(A, B, up):
    dA = sum(np.outer(up[:, j], B[:, j]) for j in range(B.shape[1]))
    dB = sum(np.outer(A[i], up[i]) for i in range(A.shape[0]))
    return dA, dB


RIGHT_WAYS = [
    matmul_by_einsum,
    matmul_transposed_twice,
    matmul_as_list,
    matmul_column_by_column,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (A, B, up), gradients in expected(EXERCISE):
        pull = torch.tensor(up)

        def loss(A: Any, B: Any, pull: Any = pull) -> Any:
            return (A @ B * pull).sum()

        for mine, theirs in zip(gradients, autograd(loss, A, B), strict=True):
            np.testing.assert_allclose(mine, theirs, **CLOSE)
