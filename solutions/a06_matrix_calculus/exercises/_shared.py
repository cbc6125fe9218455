"""What several exercises of a06_matrix_calculus share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid_slope as df

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "07_matrix_calculus"


def score_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes both ways, equal sizes, one unit."""

    def case(n: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n,), (n, m), (m,), (n,))]
        return Case(name=name, args=tuple(arrays), **more)

    return [
        case(3, 4, "3 units, 4 inputs"),
        case(5, 2, "5 units, 2 inputs"),
        case(3, 3, "as many units as inputs"),
        case(1, 3, "one unit", role="edge", requirement="a single unit, n = 1"),
    ]


Score = Callable[[Array, Array, Array, Array], Array]


def _score(formula: Callable[..., Any]) -> Score:
    """Return a gradient of the score from a formula in u, W, x, z and delta."""

    def gradient(u: Array, W: Array, x: Array, b: Array) -> Array:
        z = W @ x + b
        return np.asarray(formula(u=u, W=W, x=x, z=z, delta=u * df(z)))

    return gradient


def ds_db(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.10: the row u^T times the diagonal Jacobian of f."""
    return np.asarray(np.einsum("i,ij->j", u, np.diag(df(np.einsum("ij,j->i", W, x) + b))))


def exercise(
    number: int,
    function: str,
    reference: Score,
    heading: str,
    points: float,
    mistakes: dict[str, tuple[Callable[..., Any], str]],
) -> Exercise:
    """Return an exercise of part 3.

    Args:
        number: of the exercise.
        function: its name.
        reference: the right gradient.
        heading: where the lecture explains it.
        points: what it is worth.
        mistakes: letter -> (formula, sentence); "d'" is another way of getting d wrong.
    """
    return Exercise(
        id=f"G07.{number}",
        function=function,
        points=points,
        reference=reference,
        inputs=score_inputs,
        outputs=("gradient",),
        lecture=f"{LECTURE}#{heading}",
        mistakes=tuple(
            Mistake(code=f"M07.{number}{letter[0]}", variant=_score(formula), message=text)
            for letter, (formula, text) in mistakes.items()
        ),
    )


OF_TANH = (
    "This uses tanh for f. In this notebook f is the logistic function: take the given f "
    "and df."
)
SLOPE_FROM_Z = (
    "z * (1 - z) is used as the slope. The short form is f(z) * (1 - f(z)): it starts from "
    "the activation, not from z."
)
NO_UPSTREAM = "The upstream factor u is missing from the error signal."
SLOPE_AT_H = "The slope is taken at h = f(z). It belongs at z, which is what f receives."


def f_otherwise(z):
    return 1 / (1 + np.exp(-z))


def db_in_a_loop(u, W, x, b):
    z = [
        sum(w * v for w, v in zip(row, x, strict=True)) + c
        for row, c in zip(W, b, strict=True)
    ]
    return np.array(
        [ui * f_otherwise(zi) * (1 - f_otherwise(zi)) for ui, zi in zip(u, z, strict=True)]
    )


def db_with_tanh(u, W, x, b):
    t = np.tanh((x @ W.T + b) / 2)
    return u * (1 - t**2) / 4


def slopes_agree(of: Exercise, parameter: int) -> None:
    """Hold a gradient of the score by u, W, x or b (0 to 3) against autograd."""
    import torch

    for args, gradient in expected(of):
        tensors = [torch.tensor(a, requires_grad=True) for a in args]
        u, W, x, b = tensors
        score = u @ torch.sigmoid(W @ x + b)
        (wanted,) = torch.autograd.grad(score, tensors[parameter])
        np.testing.assert_allclose(gradient, wanted.numpy(), rtol=1e-10)
