"""G02.1 `matmul_loops`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import TENSORS, Array, Rng


def matmul_inputs(rng: Rng) -> list[Case]:
    """Two shapes where all sizes differ, a square one, one row, one term."""

    def case(n: int, k: int, m: int, name: str, **more: Any) -> Case:
        return Case(
            name=name, args=(rng.normal(size=(n, k)), rng.normal(size=(k, m))), **more
        )

    return [
        case(2, 3, 4, "2 x 3 times 3 x 4"),
        case(4, 2, 5, "4 x 2 times 2 x 5"),
        case(3, 3, 3, "square"),
        case(1, 3, 2, "one row", role="edge", requirement="a single row, n = 1"),
        case(2, 1, 3, "one term", role="edge", requirement="a single term, k = 1"),
    ]


def matmul(A: Array, B: Array) -> Array:
    """T02.5: C_ij = sum over k of A_ik B_kj."""
    return np.asarray(np.einsum("ik,kj->ij", A, B))


def _matmul_reading_b_turned(A: Array, B: Array) -> Array:
    n, inner, m = A.shape[0], A.shape[1], B.shape[1]
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            C[i, j] = sum(A[i, k] * B[j, k] for k in range(inner))
    return C


EXERCISE = Exercise(
    id="G02.1",
    function="matmul_loops",
    points=3,
    reference=matmul,
    inputs=matmul_inputs,
    outputs=("C",),
    lecture=f"{TENSORS}#Two-products",
    mistakes=(
        Mistake(
            code="M02.1a",
            variant=lambda A, B: np.outer(A[:, -1], B[-1]),
            message="Only the last term of each sum is left: add the products up with +=.",
        ),
        Mistake(
            code="M02.1b",
            variant=lambda A, B: A * B,
            message="This is the element-wise product. An entry of AB combines a whole "
            "row of A with a whole column of B.",
        ),
        Mistake(
            code="M02.1c",
            variant=lambda A, B: (A @ B).T,
            message="The result is transposed: entry (i, j) takes row i of A and column "
            "j of B, so the rows of the result are those of A.",
        ),
        Mistake(
            code="M02.1d",
            variant=_matmul_reading_b_turned,
            message="B is read with its indices exchanged. The index summed over counts "
            "the rows of B: B[k, j].",
        ),
        Mistake(
            code="M02.1e",
            variant=lambda A, B: np.sum(A[:, :, None] + B[None], axis=1),
            message="The pairs are added before they are summed. Multiply each pair, then "
            "add up the products.",
        ),
        *(
            Mistake(
                code="X02.1p",
                variant=carried,
                message="The sum goes on from one entry to the next. Set it back to 0 "
                "before each entry, inside the loop over j.",
            )
            for carried in (
                lambda A, B: np.cumsum(A @ B, axis=1),
                lambda A, B: np.cumsum(A @ B).reshape(len(A), -1),
            )
        ),
        Mistake(
            code="X02.1q",
            variant=lambda A, B: A[:, :-1] @ B[:-1],
            message="The last term of each sum is missing. range(k) ends at k - 1 by "
            "itself: take nothing off.",
        ),
        Mistake(
            code="X02.1s",
            variant=lambda A, B: A[:, 1:] @ B[1:],
            message="The first term of each sum is missing: indices begin at 0.",
        ),
        Mistake(
            code="X02.1r",
            variant=lambda A, B: np.outer(A[:, 0], B[0]),
            message="Only the first term of each sum is left. Store or return the entry "
            "after the loop over k, not inside it.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def product_row_by_row(A, B):
    return np.array(
        [[sum(a * b for a, b in zip(r, c, strict=True)) for c in B.T] for r in A]
    )


def product_as_sum_of_outer_products(A, B):
    C = np.zeros((len(A), B.shape[1]), order="F")
    for k in range(A.shape[1]):
        C += A[:, k, None] * B[k]
    return C


def product_from_the_end(A, B):
    C = np.empty((A.shape[0], B.shape[1]))
    for i, j in np.ndindex(*C.shape):
        total = 0
        for k in reversed(range(B.shape[0])):
            total = total + A[i, k] * B[k, j]
        C[i, j] = total
    C.flags.writeable = False
    return C


RIGHT_WAYS = [product_row_by_row, product_as_sum_of_outer_products, product_from_the_end]

EQUIVALENTS = {
    "n, m = (A.shape[0], B.shape[1]) → n, m = (A.shape[0], B.shape[-1])": "the last axis of a matrix is axis 1",
    "for k in range(A.shape[1]): → for k in range(A.shape[-1]):": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_exact_fractions() -> None:
    def exact(array: Array) -> list[list[Fraction]]:
        return [[Fraction(float(v)) for v in row] for row in array]

    for (A, B), C in expected(EXERCISE):
        columns = list(zip(*exact(B), strict=True))
        wanted = [
            [
                float(sum(p * q for p, q in zip(row, column, strict=True)))
                for column in columns
            ]
            for row in exact(A)
        ]
        np.testing.assert_allclose(C, wanted, rtol=1e-12)
