"""G11.3 `masked_mean`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from grader.model import Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import CLOSE, LECTURE, Array, _lengths, _sentences, bag_of_torch

AVERAGE = f"{LECTURE}#The-average-of-real-words"


def masked_mean(E: Array, mask: Array) -> Array:
    """T11.12: one sentence after the other, cut to its words."""
    rows = [
        vectors[: int(m.sum())].mean(axis=0) if m.any() else np.zeros(E.shape[2])
        for vectors, m in zip(E, mask, strict=True)
    ]
    return np.array(rows)


def _mean(
    share: Callable[[Array], Array], weight: Callable[[Array], Array] = lambda m: m
) -> Callable[[Array, Array], Array]:
    """Return a wrong mean: weighted sums over time, divided by `share`."""
    return lambda E, mask: (E * weight(mask)[:, :, None]).sum(axis=1) / share(mask)


EXERCISE = Exercise(
    id="G11.3",
    function="masked_mean",
    points=2,
    reference=masked_mean,
    inputs=lambda rng: _sentences(rng, gradient=False),
    outputs=("mean",),
    vectorised=True,
    lecture=AVERAGE,
    mistakes=(
        Mistake(
            code="M11.3a",
            variant=lambda E, mask: E.mean(axis=1),
            message="The mask has no effect: pads are summed and counted like words.",
        ),
        Mistake(
            code="M11.3b",
            variant=_mean(lambda m: np.asarray(m.shape[1])),
            message="The sum is right, but every sentence is divided by T. Divide it by "
            "the number of its own words.",
        ),
        Mistake(
            code="M11.3c",
            variant=_mean(_lengths, np.ones_like),
            message="The lengths are right, but the vectors of the pads are in the sum. "
            "Multiply by the mask first.",
        ),
        Mistake(
            code="M11.3d",
            variant=_mean(lambda m: np.asarray(m.sum())),
            message="Every sentence is divided by the number of words in the whole batch. "
            "Each has a length of its own.",
        ),
        Mistake(
            code="M11.3e",
            variant=_mean(lambda m: np.asarray(1.0)),
            message="That is the sum of the words. Divide it by their number.",
        ),
        *(
            Mistake(
                code="M11.3f",
                variant=variant,
                message="You averaged over the sentences, axis 0. Words follow each other "
                "along axis 1.",
            )
            for variant in (
                lambda E, mask: (
                    (E * mask[:, :, None]).sum(axis=0) / mask.sum(axis=0)[:, None]
                ),
                lambda E, mask: (E * mask[:, :, None]).mean(axis=0),
                lambda E, mask: E.mean(axis=0),
            )
        ),
        Mistake(
            code="M11.3g",
            variant=lambda E, mask: (
                (E * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            ),
            message="An empty sentence gives 0/0, and the nan would spread through the "
            "whole loss. Keep the divisor from becoming 0.",
        ),
        Mistake(
            code="M11.3h",
            variant=_mean(lambda m: m.sum(axis=1, keepdims=True) + 1),
            message="Every divisor is too large by 1. Divide by the number of real words "
            "as it is; only for an empty sentence another divisor has to step in.",
        ),
        Mistake(
            code="M11.3i",
            variant=_mean(lambda m: np.asarray(len(m))),
            message="You divide by N, the number of sentences. Divide each sentence by the "
            "number of its own words.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def mean_by_loops(E, mask):
    N, T, d = E.shape
    found = np.zeros((N, d))
    for n in range(N):
        words = 0
        for t in range(T):
            if mask[n, t]:
                found[n] += E[n, t]
                words += 1
        found[n] /= words or 1
    return found


def mean_by_matmul(E, mask):
    share = mask / np.clip(mask.sum(1, keepdims=True), 1, None)
    return (share[:, None, :] @ E)[:, 0]


def mean_by_average(E, mask):
    filled = np.where(mask.sum(1, keepdims=True) > 0, mask, 1.0)
    weights = np.broadcast_to(filled[:, :, None], E.shape)
    return np.average(E, axis=1, weights=weights) * mask.any(1)[:, None]


def mean_in_lists(E, mask):
    rows = []
    for vectors, m in zip(E.tolist(), mask.tolist(), strict=True):
        words = [v for v, real in zip(vectors, m, strict=True) if real]
        n = max(len(words), 1)
        rows.append([math.fsum(v[k] for v in words) / n for k in range(E.shape[2])])
    return np.array(rows)


def mean_by_masked_arrays(E, mask):
    hidden = np.ma.array(E, mask=np.repeat(mask[:, :, None] == 0, E.shape[2], axis=2))
    return hidden.mean(axis=1).filled(0.0)


RIGHT_WAYS = [
    mean_by_loops,
    mean_by_matmul,
    mean_by_average,
    mean_in_lists,
    mean_by_masked_arrays,
]

EQUIVALENTS = {
    "length = np.maximum(mask.sum(axis=1), 1) → length = np.maximum(1, mask.sum(axis=1))": "maximum is symmetric",
    "length = np.maximum(mask.sum(axis=1), 1) → length = np.maximum(mask.sum(axis=-1), 1)": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_embedding_bag_of_torch() -> None:
    import torch

    for (E, mask), mean in expected(EXERCISE):
        np.testing.assert_allclose(mean, bag_of_torch(torch.tensor(E), mask), **CLOSE)
