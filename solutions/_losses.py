"""Losses and softmax: what exercises of several assignments share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import code_of

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
    """Return an exercise's mistakes from key -> (wrong function, sentence), and more."""
    listed = (
        Mistake(code=code_of(exercise, key), variant=variant, message=message)
        for key, (variant, message) in entries.items()
    )
    return (*listed, *more)


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
