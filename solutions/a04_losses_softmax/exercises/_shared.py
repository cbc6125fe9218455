"""What several exercises of a04_losses_softmax share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import code_of

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "05_losses_and_softmax"


def softmax(Z: Array) -> Array:
    """Rows of scores to rows of probabilities, stable."""
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return np.asarray(E / E.sum(axis=-1, keepdims=True))


def one_hot(y: Array, classes: int) -> Array:
    """Rows of the identity."""
    return np.asarray(np.eye(classes)[y])


def mistakes(
    exercise: str, entries: dict[str, tuple[Callable[..., Any], str]], *more: Mistake
) -> tuple[Mistake, ...]:
    """Return the mistakes of an exercise from key -> (wrong function, sentence), and more."""
    listed = (
        Mistake(code=code_of(exercise, key), variant=variant, message=message)
        for key, (variant, message) in entries.items()
    )
    return (*listed, *more)


def margin_inputs(rng: Rng) -> list[Case]:
    """Both labels: beyond the margin, inside it, and on the wrong side."""

    def case(n: int, name: str, **more: Any) -> Case:
        margins = np.concatenate([[1.7, 0.4, -0.8, 0.6, -1.3, 2.1], rng.normal(size=n)])[:n]
        y = rng.permutation(np.where(np.arange(n) % 2, 1.0, -1.0))
        spread = rng.uniform(0.9, 1.1, n)
        return Case(name=name, args=(y * margins * spread, y), batch=n, **more)

    return [
        case(6, "6 examples"),
        case(8, "8 examples"),
        case(1, "one", role="edge", requirement="one example, N = 1"),
    ]


def stable_softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def log_softmax(Z):
    return Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)


def one_hot_otherwise(y, C):
    Y = np.zeros((len(y), C))
    Y[np.arange(len(y)), y] = 1
    return Y


def slopes_agree(of: Exercise, loss: Callable[[Any, Any], Any]) -> None:
    """Hold the gradient of a loss by its first argument against autograd."""
    import torch

    for (first, second), gradient in expected(of):
        variable = torch.tensor(first, requires_grad=True)
        (wanted,) = torch.autograd.grad(loss(variable, torch.tensor(second)), variable)
        np.testing.assert_allclose(gradient, wanted.numpy(), rtol=1e-9, atol=1e-12)
