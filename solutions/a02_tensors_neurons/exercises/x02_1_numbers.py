"""X02.1 `numbers`."""

from __future__ import annotations

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import same_numbers
from ._shared import TENSORS

SLIDE_W = np.array(
    [
        [-1.1272, -1.1810, 0.0867, 0.0676],
        [-0.1070, 3.2586, 0.7446, -1.2094],
        [-1.7670, 0.2900, -1.0881, -1.5555],
    ]
)


SLIDE_X = np.array(
    [[-1.5372, 0.0845], [0.5752, 0.7634], [0.4265, -0.1287], [-1.8629, -0.8520]]
)


_C = np.einsum("ik,kj->ij", SLIDE_W, SLIDE_X)


EXERCISE = by_hand(
    "X02.1",
    "numbers",
    {
        "rows": 3,
        "columns": 2,
        "c00": float(_C[0, 0]),
        "c21": float(_C[2, 1]),
        "h11": float(SLIDE_X[1, 1] ** 2),
    },
    {
        "X02.1a": (
            {"rows": 2, "columns": 3},
            "Rows and columns are exchanged: w has three rows and x two columns, so the "
            "product has three rows and two columns.",
        ),
        "X02.1b": (
            {"h11": float(2 * SLIDE_X[1, 1])},
            "The star multiplies entry by entry; it does not add.",
        ),
        "X02.1c": (
            {
                "c00": float(SLIDE_W[0, 3] * SLIDE_X[3, 0]),
                "c21": float(SLIDE_W[2, 3] * SLIDE_X[3, 1]),
            },
            "An entry of the product is a sum over all four k; only the last product is "
            "left here.",
        ),
        "X02.1d": (
            {"columns": 4},
            "4 is the length over which one sums, and it disappears: (m, k) times (k, n) "
            "has m rows and n columns.",
        ),
        "X02.1e": (
            {"rows": 4},
            "4 is the length over which one sums, and it disappears: (m, k) times (k, n) "
            "has m rows and n columns.",
        ),
        "X02.1f": (
            {"h11": float(SLIDE_X[:, 1] @ SLIDE_X[:, 1])},
            "This is an entry of a matrix product of x with itself. The star needs no sum: "
            "each entry is multiplied with the one in the same place.",
        ),
        "X02.1g": (
            {"h11": float(SLIDE_X[1] @ SLIDE_X[1])},
            "This is an entry of a matrix product of x with itself. The star needs no sum: "
            "each entry is multiplied with the one in the same place.",
        ),
        "X02.1h": (
            {"c21": float(_C[1, 0])},
            "This entry stands one row higher and one column further left: rows and "
            "columns are counted from 0 here, not from 1.",
        ),
        "X02.1i": (
            {"h11": float(SLIDE_X[0, 0] ** 2)},
            "This entry stands one row higher and one column further left: rows and "
            "columns are counted from 0 here, not from 1.",
        ),
    },
    lecture=f"{TENSORS}#Two-products",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(rows=3, columns=2, c00=0.964466, c21=1.537399, h11=0.7634**2)
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
