"""X09.3 `broadcast`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import ARRAYS, CLOSE

A, B = np.array([[1.0], [2.0]]), np.array([10.0, 20.0, 30.0])
UP = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])


def _numbers(result: str, a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    named = {f"{result}_a{k + 1}": float(v) for k, v in enumerate(np.ravel(a))}
    return named | {f"{result}_b{k + 1}": float(v) for k, v in enumerate(np.ravel(b))}


RIGHT = _numbers("sum", UP.sum(axis=1), UP.sum(axis=0)) | _numbers(
    "product", (UP * B).sum(axis=1), (UP * A).sum(axis=0)
)

EXERCISE = by_hand(
    "X09.3",
    "broadcast",
    RIGHT,
    {
        "X09.3a": (
            _numbers("product", UP.sum(axis=1), UP.sum(axis=0)),
            "The product was treated like the sum. What arrives at a product is multiplied "
            "by the other factor before it is handed on.",
        ),
        "X09.3b": (
            _numbers("product", (UP * A).sum(axis=1), (UP * B).sum(axis=0)),
            "Each factor was given its own value. It gets the value of the other one.",
        ),
        "X09.3c": (
            _numbers("sum", UP[:, 0], UP[0])
            | _numbers("product", (UP * B)[:, 0], (UP * A)[0]),
            "This is what the first copy gets. Each entry was used several times: add what "
            "arrives at all its copies.",
        ),
        "X09.3d": (
            _numbers("sum", UP.mean(axis=1), UP.mean(axis=0))
            | _numbers("product", (UP * B).mean(axis=1), (UP * A).mean(axis=0)),
            "The copies were averaged. Roads that meet add.",
        ),
        "X09.3e": (
            _numbers("product", np.full(2, B.sum()), np.full(3, A.sum())),
            "U is missing: these are the gradients if 1 arrives everywhere. Multiply by "
            "what does arrive.",
        ),
        "X09.3f": (
            _numbers("product", UP.sum(axis=1) * B.sum(), UP.sum(axis=0) * A.sum()),
            "Both factors were summed before they were multiplied. Multiply entry by "
            "entry, then add over the copies.",
        ),
        "X09.3g": (
            _numbers("sum", np.full(2, 3.0), np.full(3, 2.0)),
            "The copies were counted. Each copy brings what arrives at it, an entry of U.",
        ),
    },
    lecture=ARRAYS,
)


# --- other right ways of writing it ---------------------------------------------------


RIGHT_WAYS = [{name: Fraction(number) for name, number in RIGHT.items()}]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    up = torch.tensor(UP)
    for result, f in (
        ("sum", lambda a, b: ((a + b) * up).sum()),
        ("product", lambda a, b: (a * b * up).sum()),
    ):
        wanted = _numbers(result, *autograd(f, A, B))
        for name, number in wanted.items():
            np.testing.assert_allclose(RIGHT[name], number, **CLOSE)
