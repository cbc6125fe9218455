"""G05.9 `zero_one_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise
from grader.vetting.witness import expected

from ..._losses import LECTURE, Array, Rng, mistakes


def _best_example(scores: Array, y: Array) -> float:
    best = scores.argmax(axis=0)
    n = min(len(best), len(y))
    return float(np.mean(best[:n] != y[:n]))


_SHARES: tuple[Callable[[Array, Array], float], ...] = (
    lambda scores, y: float(np.mean(scores.argmax(1) != y)),
    lambda scores, y: float(np.mean(scores.argmax(1) == y)),
    lambda scores, y: float(np.mean(scores.argmin(1) != y)),
    lambda scores, y: float(np.mean(scores.argmax(1) - y)),
    lambda scores, y: float(np.mean(np.abs(scores.argmax(1) - y))),
    _best_example,
)
"""The right loss and mistakes that come out like it, or like each other, by chance."""


def _tell_apart(cases: list[Case]) -> bool:
    """Whether no two of these shares agree, and none is one number everywhere."""
    right, *wrong = ([share(*case.args) for case in cases] for share in _SHARES)
    return all(
        len({*values}) > 1
        and any(v and abs(v - r) > 1e-9 for v, r in zip(values, right, strict=True))
        and values not in wrong[:i]
        for i, values in enumerate(wrong)
    )


def zero_one_inputs(rng: Rng) -> list[Case]:
    """Shares of mistakes other than a half, a square batch, one example."""

    def case(n: int, c: int, wrong: int, name: str, **more: Any) -> Case:
        scores = rng.normal(size=(n, c))
        y = scores.argmax(axis=1)
        y[:wrong] = (y[:wrong] + 1) % c
        order = rng.permutation(n)
        return Case(name=name, args=(scores[order], y[order]), batch=n, **more)

    one = case(1, 3, 1, "one", role="edge", requirement="one example, N = 1")
    while True:
        cases = [
            case(5, 3, 2, "2 of 5 wrong"),
            case(7, 4, 5, "5 of 7 wrong"),
            case(4, 4, 1, "1 of 4 wrong, 4 classes"),
        ]
        if _tell_apart(cases):
            return [*cases, one]


def zero_one_loss(scores: Array, y: Array) -> float:
    """T05.13: the share of examples another class outscores."""
    wrong = [max(row) > row[label] for row, label in zip(scores, y, strict=True)]
    return sum(wrong) / len(wrong)


EXERCISE = Exercise(
    id="G05.9",
    function="zero_one_loss",
    points=1,
    reference=zero_one_loss,
    inputs=zero_one_inputs,
    outputs=("loss",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.9",
        {
            "a": (
                lambda scores, y: np.mean(scores.argmax(1) == y),
                "This is the accuracy; the loss is the share of mistakes.",
            ),
            "b": (
                lambda scores, y: np.mean(np.not_equal(scores.argmax(0), y)),
                "The best example of each class is taken. Take the best class of each "
                "row, axis 1.",
            ),
            "b, cut": (
                _best_example,
                "The best example of each class is taken. Take the best class of each "
                "row, axis 1.",
            ),
            "c": (
                lambda scores, y: float(np.sum(scores.argmax(1) != y)),
                "The mistakes are counted. Divide by the number of examples.",
            ),
            "d": (
                lambda scores, y: np.zeros_like(scores),
                "This is a gradient of zeros. The loss counts mistakes; it is flat almost "
                "everywhere, which is why one trains with another loss.",
            ),
            "Xf": (
                lambda scores, y: np.mean(scores.argmax(1) - y),
                "The numbers of the classes are subtracted. They are names: ask whether "
                "they differ.",
            ),
            "Xf, sizes": (
                lambda scores, y: np.mean(np.abs(scores.argmax(1) - y)),
                "The numbers of the classes are subtracted. They are names: ask whether "
                "they differ.",
            ),
            "Xe": (
                lambda scores, y: np.mean(scores.argmin(1) != y),
                "The class with the lowest score is taken. The answer is the one with the "
                "highest.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def zero_one_as_complement(scores, y):
    return 1 - np.mean(np.argmax(scores, axis=1) == y)


def zero_one_counted(scores, y):
    return sum(int(np.argmax(r)) != c for r, c in zip(scores, y, strict=True)) / len(y)


def zero_one_by_comparison(scores, y):
    true = scores[np.arange(len(y)), y]
    return np.count_nonzero(scores.max(axis=1) > true) / y.size


RIGHT_WAYS = [zero_one_as_complement, zero_one_counted, zero_one_by_comparison]

EQUIVALENTS = {
    "return np.mean(scores.argmax(axis=1) != y) → return np.mean(scores.argmax(axis=-1) != y)": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_one_minus_the_accuracy() -> None:
    import torch

    for (scores, y), loss in expected(EXERCISE):
        right = (torch.tensor(scores).argmax(dim=1) == torch.tensor(y)).double().mean()
        np.testing.assert_allclose(loss, 1 - right.item(), rtol=1e-12, atol=1e-12)
