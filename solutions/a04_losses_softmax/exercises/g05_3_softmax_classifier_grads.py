"""G05.3 `softmax_classifier_grads`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise
from grader.vetting.witness import expected

from ..._losses import (
    LECTURE,
    Array,
    Rng,
    log_softmax,
    mistakes,
    one_hot,
    one_hot_otherwise,
    softmax,
    stable_softmax,
)


def classifier_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, equal sizes, one example."""

    def case(n: int, d: int, c: int, name: str, **more: Any) -> Case:
        y = rng.permutation(np.concatenate([[0, 0], rng.integers(0, c, n)])[:n])
        arrays = rng.normal(size=(n, d)), y, rng.normal(size=(c, d)), rng.normal(size=c)
        return Case(name=name, args=arrays, batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 classes"),
        case(6, 2, 4, "6 examples, 2 inputs, 4 classes"),
        case(3, 3, 3, "all sizes equal"),
        case(1, 4, 3, "one", role="edge", requirement="one example, N = 1"),
    ]


def softmax_classifier_grads(X: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """T05.11: sums over examples of outer products of residual and input."""
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for x, label in zip(X, y, strict=True):
        delta = softmax(W @ x + b)
        delta[label] -= 1.0
        dW += np.outer(delta, x) / len(y)
        db += delta / len(y)
    return dW, db


def _residual_first(
    change: Callable[[Array, Array], Array],
) -> Callable[..., tuple[Array, Array]]:
    """Return gradients from a wrong residual, made of scores and labels."""

    def gradients(X: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
        R = change(X @ W.T + b, y)
        return R.T @ X / len(y), R.sum(0) / len(y)

    return gradients


def _whole_columns(Z: Array, y: Array) -> Array:
    P = softmax(Z)
    P[:, y] -= 1.0
    return P


def _classifier(
    dW: Callable[..., Array] = lambda R, X, Y, N: R.T @ X / N,
    db: Callable[..., Array] = lambda R, X, Y, N: R.sum(0) / N,
) -> Callable[..., tuple[Array, Array]]:
    """Return gradients with a fault, from residual, inputs, targets and N."""

    def gradients(X: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
        Y = one_hot(y, len(b))
        R = softmax(X @ W.T + b) - Y
        return dW(R, X, Y, len(y)), db(R, X, Y, len(y))

    return gradients


EXERCISE = Exercise(
    id="G05.3",
    function="softmax_classifier_grads",
    points=4,
    reference=softmax_classifier_grads,
    inputs=classifier_inputs,
    outputs=("dW", "db"),
    pack="tuple",
    lecture=f"{LECTURE}#From-one-example-to-all",
    mistakes=mistakes(
        "05.3",
        {
            "a": (
                _classifier(dW=lambda R, X, Y, N: X.T @ R / N),
                "dW is transposed: it has the shape (C, D) of W.",
            ),
            "b": (
                _classifier(dW=lambda R, X, Y, N: R.T @ X),
                "dW lacks the 1/N. dW and db share the mean of the loss.",
            ),
            "c": (
                _classifier(db=lambda R, X, Y, N: R / N),
                "db still has a row per example. The bias serves all of them, so their "
                "gradients are added up.",
            ),
            "d": (
                _classifier(db=lambda R, X, Y, N: R.sum(1) / N),
                "db adds up over the classes, where the residuals always give 0. Add up "
                "over the examples, axis 0.",
            ),
            "e": (
                _classifier(dW=lambda R, X, Y, N: -Y.T @ X / N),
                "dW has the true class only. The normalisation of the softmax adds the "
                "probabilities.",
            ),
            "f": (
                _classifier(
                    dW=lambda R, X, Y, N: -R.T @ X / N, db=lambda R, X, Y, N: -R.sum(0) / N
                ),
                "Both gradients are negated. The minus belongs to the update, which "
                "subtracts them.",
            ),
            "g": (
                _classifier(db=lambda R, X, Y, N: R.mean(0) / N),
                "db is divided by N twice.",
            ),
            "Xh": (
                _residual_first(_whole_columns),
                "[:, y] takes whole columns: 1 is subtracted in rows of other classes, "
                "too. One entry per row is [np.arange(N), y].",
            ),
            "Xi": (
                _residual_first(lambda Z, y: Z - one_hot(y, Z.shape[1])),
                "Raw scores stand where probabilities belong: apply the softmax first.",
            ),
            "Xj": (
                _residual_first(lambda Z, y: softmax(softmax(Z)) - one_hot(y, Z.shape[1])),
                "The softmax is applied twice. It is needed once, from scores to "
                "probabilities.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def classifier_by_examples(X, y, W, b):
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    for x, label in zip(X, y, strict=True):
        z = W @ x + b
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        for c in range(len(b)):
            dW[c] += (p[c] - (c == label)) * x
            db[c] += p[c] - (c == label)
    return [dW / len(y), db / len(y)]


def classifier_with_einsum(X, y, W, b):
    R = stable_softmax(np.einsum("nd,cd->nc", X, W) + b) - one_hot_otherwise(y, len(b))
    return np.einsum("nc,nd->cd", R, X) / len(y), np.einsum("nc->c", R) / len(y)


def classifier_augmented(X, y, W, b):
    A = np.column_stack([X, np.ones(len(X))])
    R = np.exp(log_softmax(A @ np.column_stack([W, b]).T)) - np.eye(len(b))[y]
    both = (A.T @ R / len(y)).T
    return both[:, :-1], both[:, -1]


RIGHT_WAYS = [classifier_by_examples, classifier_with_einsum, classifier_augmented]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (X, y, W, b), gradients in expected(EXERCISE):
        parameters = [torch.tensor(v, requires_grad=True) for v in (W, b)]
        scores = torch.nn.functional.linear(torch.tensor(X), *parameters)
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
        wanted = torch.autograd.grad(loss, parameters)
        for found, slope in zip(gradients, wanted, strict=True):
            np.testing.assert_allclose(found, slope.numpy(), rtol=1e-9, atol=1e-12)
