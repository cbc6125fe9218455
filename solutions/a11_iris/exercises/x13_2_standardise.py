"""X13.2 `standardise`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng


def scale_inputs(rng: Rng) -> list[Case]:
    """Columns of different means and spreads; the other rows lie elsewhere."""

    def case(n: int, d: int, k: int, name: str, **more: Any) -> Case:
        X = rng.normal(rng.uniform(1, 8, d), rng.uniform(0.2, 3, d), (n, d))
        train = np.sort(rng.permutation(n)[:k])
        X[np.setdiff1d(np.arange(n), train)] += 1.0
        return Case(name=name, args=(X, train), **more)

    requirement = "all rows may be training rows"
    return [
        case(9, 4, 6, "9 rows"),
        case(12, 3, 5, "12 rows"),
        case(5, 5, 3, "square"),
        case(6, 2, 6, "all", role="edge", requirement=requirement),
    ]


def standardise(X: Array, train: Array) -> Array:
    """Column by column: subtract the training mean, divide by the root mean square."""
    columns = []
    for column in X.T:
        seen = [float(column[row]) for row in train]
        mean = math.fsum(seen) / len(seen)
        square = math.fsum((v - mean) ** 2 for v in seen) / len(seen)
        columns.append((column - mean) / math.sqrt(square))
    return np.array(columns).T


def _training_rows_only(X: Array, train: Array) -> Array:
    S = X.copy()
    S[train] = standardise(X, train)[train]
    return S


def _each_part_alone(X: Array, train: Array) -> Array:
    S, rest = standardise(X, train), np.setdiff1d(np.arange(len(X)), train)
    if len(rest):
        S[rest] = (X[rest] - X[rest].mean(axis=0)) / X[rest].std(axis=0)
    return S


EXERCISE = Exercise(
    id="X13.2",
    function="standardise",
    points=3,
    reference=standardise,
    inputs=scale_inputs,
    outputs=("S",),
    vectorised=True,
    lecture=f"{LECTURE}#One-scale-for-all",
    mistakes=(
        Mistake(
            code="M13.1d",
            variant=lambda X, train: (X - X.mean(axis=0)) / X.std(axis=0),
            message="Mean and standard deviation come from all rows, so the test set had a "
            "say in them. Compute both from the training rows alone, use them for all.",
        ),
        Mistake(
            code="X13.2a",
            variant=lambda X, train: (X - X[train].mean(axis=0)) / X[train].var(axis=0),
            message="You divide by the variance. Divide by its root, the standard "
            "deviation.",
        ),
        Mistake(
            code="X13.2b",
            variant=lambda X, train: (X - X[train].mean()) / X[train].std(),
            message="There is one mean and one spread for the whole table. Each column has "
            "its own: take them along axis 0.",
        ),
        Mistake(
            code="X13.2c",
            variant=lambda X, train: (
                (X - X[train].mean(axis=0)) / X[train].std(axis=0, ddof=1)
            ),
            message="Your standard deviation divides by n - 1. Here it divides by n, the "
            "number of training rows, which is NumPy's default.",
        ),
        Mistake(
            code="X13.2d",
            variant=lambda X, train: (
                (X[train] - X[train].mean(axis=0)) / X[train].std(axis=0)
            ),
            message="Only the training rows came back. The test rows have to be scaled as "
            "well, with the training rows' numbers: return all N rows.",
        ),
        Mistake(
            code="X13.2e",
            variant=lambda X, train: X - X[train].mean(axis=0),
            message="The columns are centred, but not scaled: divide by their standard "
            "deviations.",
        ),
        Mistake(
            code="X13.2f",
            variant=lambda X, train: X / X[train].std(axis=0),
            message="The columns are scaled, but not centred: subtract their means first.",
        ),
        Mistake(
            code="X13.2g",
            variant=_training_rows_only,
            message="The training rows alone are scaled, the others come back as they "
            "were. Scale all rows, with mean and deviation of the training rows.",
        ),
        Mistake(
            code="X13.2h",
            variant=_each_part_alone,
            message="The other rows are scaled with a mean and a deviation of their own. "
            "Use those of the training rows for all.",
        ),
        Mistake(
            code="X13.2i",
            variant=lambda X, train: X / X[train].std(axis=0) - X[train].mean(axis=0),
            message="You divide first and subtract then. Subtract the mean, and divide the "
            "difference: parentheses.",
        ),
        Mistake(
            code="X13.2j",
            variant=lambda X, train: (
                (X - X[train].min(axis=0)) / (X[train].max(axis=0) - X[train].min(axis=0))
            ),
            message="You scale to the range from 0 to 1. Here the training rows get the "
            "mean 0 and the standard deviation 1.",
        ),
        Mistake(
            code="X13.2k",
            variant=lambda X, train: (
                (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)
            ),
            message="Mean and deviation are those of each row. Each column has its own: "
            "take them along axis 0, of the training rows.",
        ),
        Mistake(
            code="M13.1d",
            variant=lambda X, train: (X - X[train].mean(axis=0)) / X.std(axis=0),
            message="The mean is that of the training rows, but the standard deviation "
            "comes from all rows. Both belong to the training rows.",
        ),
        Mistake(
            code="M13.1d",
            variant=lambda X, train: (X - X.mean(axis=0)) / X[train].std(axis=0),
            message="The standard deviation is that of the training rows, but the mean "
            "comes from all rows. Both belong to the training rows.",
        ),
        Mistake(
            code="X13.2b",
            variant=lambda X, train: (X - X[train].mean()) / X[train].std(axis=0),
            message="There is one mean for the whole table. Each column has its own: take "
            "it along axis 0.",
        ),
        Mistake(
            code="X13.2b",
            variant=lambda X, train: (X - X[train].mean(axis=0)) / X[train].std(),
            message="There is one spread for the whole table. Each column has its own: "
            "take it along axis 0.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def scale_by_moments(X, train):
    seen = X[train]
    mean = seen.sum(axis=0) / len(train)
    spread = np.sqrt(((seen - mean) ** 2).sum(axis=0) / len(train))
    return (X - mean) / spread


def scale_in_place_on_a_copy(X, train):
    S = np.asfortranarray(X.copy())
    S -= np.take(X, train, axis=0).mean(axis=0, keepdims=True)
    S /= np.take(X, train, axis=0).std(axis=0, keepdims=True)
    return S


def scale_with_torch(X, train):
    import torch

    X = torch.tensor(X)
    seen = X[torch.tensor(train)]
    return ((X - seen.mean(0)) / seen.std(0, unbiased=False)).numpy()


RIGHT_WAYS = [scale_by_moments, scale_in_place_on_a_copy, scale_with_torch]


# --- what the reference has to agree with ---------------------------------------------


def witness_mean_0_and_spread_1_in_training() -> None:
    for (X, train), S in expected(EXERCISE):
        np.testing.assert_allclose(S[train].mean(axis=0), 0, atol=1e-13)
        np.testing.assert_allclose(S[train].std(axis=0), 1, rtol=1e-13)
        slopes = [np.polyfit(x, s, 1) for x, s in zip(X.T, S.T, strict=True)]
        back = [np.polyval(p, x) for p, x in zip(slopes, X.T, strict=True)]
        np.testing.assert_allclose(np.array(back).T, S, rtol=1e-9, atol=1e-9)
