"""G03.5 `mistake_bound`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import NEURONS, Array, Rng
from .g03_4_train_perceptron import AND, CORNERS, train_perceptron


def bound_inputs(rng: Rng) -> list[Case]:
    """Lines of any length that separate; one that does not; one through an example."""

    def case(name: str, d: int, n: int, scale: float, wrong: float = 0) -> Case:
        w = scale * rng.normal(size=d)
        length = float(np.linalg.norm(w))
        b = (
            float(rng.choice([-1, 1]) * rng.uniform(6, 9)) * length
        )  # without it, all is wrong
        y = rng.permutation(np.repeat([1.0, -1.0], [(n + 1) // 2, n // 2]))
        X = rng.normal(0, 2, size=(n, d))
        away = y * (0.3 + rng.uniform(0, 4, n))  # how far from the line, and where
        if wrong:
            away[2] = -wrong * y[2]
        X += np.outer(away - (X @ w + b) / length, w / length)
        return Case(name=name, args=(X, y, w, b), group="none" if wrong else "line")

    through = np.array([[1.0, 2.0], [3.0, 0.5]]), np.array([1.0, -1.0])
    return [
        Case(
            name="AND",
            args=(CORNERS, AND, np.array([2.0, 2.0]), -3.0),
            role="visible",
        ),
        case("plane", 2, 6, 3.0),
        case("space", 3, 8, 0.2),
        case("five inputs", 5, 4, 1.0),
        case("one on the wrong side", 2, 5, 1.0, wrong=0.4),
        case("another on the wrong side", 3, 7, 2.0, wrong=5.0),
        Case(
            name="one on the line",
            args=(*through, np.array([-2.0, 1.0]), 0.0),
            group="none",
        ),
    ]


def mistake_bound(X: Array, y: Array, w: Array, b: float) -> float:
    """Novikoff's bound as in T03.3, with the bias as the weight of an input 1."""
    inputs = np.column_stack([np.ones(len(X)), X])
    line = np.append(b, w)
    gamma = (y * (inputs @ line)).min() / math.sqrt(line @ line)
    return float((inputs**2).sum(axis=1).max() / gamma**2) if gamma > 0 else math.inf


def _flawed(
    *,
    one: float = 1.0,
    longest: Callable[[Array], float] = lambda squares: squares.max(),
    length: Callable[[Array, float], float] = lambda w, b: math.sqrt(w @ w + b * b),
    smallest: Callable[[Array], float] = lambda margins: margins.min(),
    score: Callable[[Array, Array, float], Array] = lambda X, w, b: X @ w + b,
    power: Callable[[float, float], float] = lambda R2, g: R2 / g**2,
    checks: bool = True,
) -> Callable[[Array, Array, Array, float], float]:
    def run(X: Array, y: Array, w: Array, b: float) -> float:
        R2 = float(longest((X**2).sum(axis=1) + one))
        margins = y * score(X, w, b) / length(w, b)
        gamma = float(smallest(margins))
        if checks and margins.min() <= 0:
            return math.inf
        return power(R2, gamma) if gamma else math.inf

    return run


EXERCISE = Exercise(
    id="G03.5",
    function="mistake_bound",
    points=2,
    reference=mistake_bound,
    inputs=bound_inputs,
    outputs=("bound",),
    parts=(
        Part(name="lines that separate", weight=1.5, group="line"),
        Part(name="lines that do not", weight=0.4, group="none"),
        Part(name=UNCHANGED, weight=0.1, edge=UNCHANGED),
    ),
    lecture=f"{NEURONS}#When-does-the-rule-stop?-(8-minutes,-optional)",
    mistakes=(
        Mistake(
            code="X03.5a",
            variant=_flawed(one=0.0),
            message="R is too short: the input that is always 1 belongs to each example, "
            "so its squared length is 1 plus the sum of the squares in its row.",
        ),
        Mistake(
            code="X03.5b",
            variant=_flawed(length=lambda w, b: math.sqrt(w @ w)),
            message="The margins are divided by the length of w alone. The bias is a "
            "weight, too: the length is the square root of b**2 plus the squares of w.",
        ),
        Mistake(
            code="X03.5b",
            variant=_flawed(length=lambda w, b: 1.0),
            message="The margins are those of w and b as they are. Divide them by the "
            "length of (b, w), so that a longer arrow for the same line changes nothing.",
        ),
        Mistake(
            code="X03.5b",
            variant=_flawed(length=lambda w, b: float(w @ w + b * b)),
            message="The margins are divided by the squared length of (b, w). Divide by "
            "its length, the square root.",
        ),
        Mistake(
            code="X03.5c",
            variant=_flawed(power=lambda R2, g: math.sqrt(R2) / g),
            message="This is R / gamma. The bound is its square.",
        ),
        Mistake(
            code="X03.5c",
            variant=_flawed(power=lambda R2, g: R2 / g),
            message="R is squared, and gamma is not: the bound is R**2 / gamma**2.",
        ),
        Mistake(
            code="X03.5c",
            variant=_flawed(power=lambda R2, g: math.sqrt(R2) / g**2),
            message="gamma is squared, and R is not: the bound is R**2 / gamma**2.",
        ),
        Mistake(
            code="X03.5c",
            variant=_flawed(power=lambda R2, g: g**2 / R2),
            message="The fraction is upside down: a small gamma must make the bound large.",
        ),
        Mistake(
            code="X03.5d",
            variant=_flawed(smallest=lambda m: m.max()),
            message="gamma is the largest margin. It is the smallest one: the example that "
            "lies closest to the line.",
        ),
        Mistake(
            code="X03.5d",
            variant=_flawed(smallest=lambda m: m.mean()),
            message="gamma is the mean margin. It is the smallest one: the example that "
            "lies closest to the line.",
        ),
        Mistake(
            code="X03.5e",
            variant=_flawed(longest=lambda s: s.min()),
            message="R is the length of the shortest example. The longest one decides.",
        ),
        Mistake(
            code="X03.5e",
            variant=_flawed(longest=lambda s: s.mean()),
            message="R**2 is a mean over the examples. The longest one decides.",
        ),
        Mistake(
            code="X03.5e",
            variant=_flawed(longest=lambda s: s.sum()),
            message="R**2 adds up the squares of all examples. Only the longest one "
            "decides.",
        ),
        Mistake(
            code="X03.5f",
            variant=_flawed(score=lambda X, w, b: X @ w),
            message="The margins lack the bias: a margin is y * (w @ x + b).",
        ),
        Mistake(
            code="X03.5g",
            variant=_flawed(checks=False),
            message="A line that does not separate gets a number. Where the smallest "
            "margin is not above 0 there is no bound: return infinity. Its square would "
            "hide the sign.",
        ),
        Mistake(
            code="X03.5g",
            variant=_flawed(smallest=lambda m: np.abs(m).min(), checks=False),
            message="The absolute value of the scores hides on which side an example "
            "lies: a margin is y times the score, and can be negative.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def bound_in_a_loop(X, y, w, b):
    R2, gamma = 0.0, float("inf")
    length = math.sqrt(sum(v * v for v in w) + b * b)
    for x, t in zip(X, y, strict=True):
        R2 = max(R2, 1 + sum(v * v for v in x))
        gamma = min(gamma, t * (sum(p * q for p, q in zip(w, x, strict=True)) + b) / length)
    if gamma <= 0:
        return np.inf
    return R2 / gamma**2


def bound_with_norms(X, y, w, b):
    U = np.hstack([X, np.ones((len(X), 1))])
    v = np.append(w, b)
    v = v / np.linalg.norm(v)
    R, gamma = np.linalg.norm(U, axis=1).max(), np.min(y * (U @ v))
    return (R / gamma) ** 2 if gamma > 0 else float("inf")


def bound_without_a_division_first(X, y, w, b):
    margins = y * (X @ w + b)
    if np.any(margins <= 0):
        return math.inf
    return (1 + (X**2).sum(1)).max() * (w @ w + b * b) / margins.min() ** 2


RIGHT_WAYS = [bound_in_a_loop, bound_with_norms, bound_without_a_division_first]

EQUIVALENTS = {
    "if gamma <= 0: → if gamma < 0:": "NumPy divides by 0 to infinity",
    "R_squared = 1 + np.max(np.sum(X ** 2, axis=1)) → R_squared = 1 + np.max(np.sum(X ** 2, axis=-1))": "X has two axes",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_lecture() -> None:
    assert math.isclose(mistake_bound(CORNERS, AND, np.array([1.0, 1.0]), -1.5), 51)


def witness_no_training_makes_more_mistakes() -> None:
    rng: Any = np.random.default_rng(0)
    for (X, y, _, _), bound in expected(EXERCISE):
        if math.isfinite(bound):
            for _ in range(10):
                order = rng.permutation(len(X))
                _, _, mistakes, done = train_perceptron(X[order], y[order], 5000)
                assert done
                assert mistakes <= bound
