"""G01.1 `mean_squared_error`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake

Array = np.ndarray


def inputs(rng: np.random.Generator) -> list[Case]:
    """Arrays of several lengths, so that a factor 1/N shows; one example."""

    def case(n: int) -> Case:
        return Case(name=f"{n} numbers", args=(rng.normal(size=n), rng.normal(size=n)))

    one = (rng.normal(size=1), rng.normal(size=1))
    requirement = "a single number is a mean, too"
    return [
        case(3),
        case(7),
        Case(name="one", args=one, role="edge", requirement=requirement),
    ]


def mean_squared_error(y: Array, t: Array) -> float:
    """Add up in plain Python, another way than the notebook's."""
    return sum((a - b) ** 2 for a, b in zip(y.tolist(), t.tolist(), strict=True)) / len(y)


EXERCISE = Exercise(
    id="G01.1",
    function="mean_squared_error",
    points=3,
    reference=mean_squared_error,
    inputs=inputs,
    outputs=("error",),
    vectorised=True,
    mistakes=(
        Mistake(
            code="M01.1a",
            variant=lambda y, t: np.sum((y - t) ** 2),
            message="This is the sum of the squares: the factor 1/N is missing.",
        ),
        Mistake(
            code="M01.1b",
            variant=lambda y, t: np.mean(np.abs(y - t)),
            message="These are absolute differences. Square them before you average.",
        ),
        Mistake(
            code="M01.1c",
            variant=lambda y, t: np.mean(y - t) ** 2,
            message="You square the mean. Square every difference first, then average.",
        ),
    ),
)

# --- what `grader check` tries it with ------------------------------------------------


def by_inner_product(y, t):
    d = y - t
    return d @ d / d.size


def by_norm(y, t):
    return np.linalg.norm(y - t) ** 2 / len(y)


RIGHT_WAYS = [by_inner_product, by_norm]
EQUIVALENTS = {
    "return np.mean((y - t) ** 2) → return np.mean((t - y) ** 2)": "the square has no sign",
}


def witness_variance() -> None:
    """Around its own mean, the mean squared error is NumPy's variance."""
    y = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(mean_squared_error(y, np.full(3, y.mean())), np.var(y))
