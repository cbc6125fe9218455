"""G05.12 `hinge_loss_loops`."""

from __future__ import annotations

import numpy as np

from grader.model import Exercise
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import CLOSE, SVM, hinge_inputs, hinge_loss, hinge_mistakes, hinge_parts

EXERCISE = Exercise(
    id="G05.12",
    function="hinge_loss_loops",
    points=3,
    reference=hinge_loss,
    inputs=hinge_inputs,
    outputs=("loss", "dW"),
    pack="tuple",
    parts=hinge_parts(),
    lecture=SVM,
    mistakes=hinge_mistakes("05.12"),
)


# --- other right ways of writing it ---------------------------------------------------


def loops_over_classes(X, y, W, reg):
    loss, dW = 0, np.zeros(W.shape)
    for i in range(len(X)):
        z = W.dot(X[i])
        for c in range(len(W)):
            if c == y[i]:
                continue
            missing = z[c] - z[y[i]] + 1
            if missing > 0:
                loss += missing
                dW[c] += X[i]
                dW[y[i]] -= X[i]
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


def loops_of_lists(X, y, W, reg):
    X, y, W = X.tolist(), y.tolist(), W.tolist()
    dW = [[2 * reg * w for w in row] for row in W]
    loss = reg * sum(w * w for row in W for w in row)
    for x, true in zip(X, y, strict=True):
        z = [sum(w * v for w, v in zip(row, x, strict=True)) for row in W]
        for c in range(len(W)):
            if c != true and 1 + z[c] - z[true] > 0:
                loss += (1 + z[c] - z[true]) / len(X)
                for j, v in enumerate(x):
                    dW[c][j] += v / len(X)
                    dW[true][j] -= v / len(X)
    return [loss, dW]


def loops_over_examples(X, y, W, reg):
    loss, dW = reg * (W**2).sum(), 2 * reg * W
    for x, true in zip(X, y, strict=True):
        terms = np.maximum(0, W @ x - W[true] @ x + 1)
        terms[true] = 0
        push = (terms > 0).astype(float)
        push[true] = -push.sum()
        loss = loss + terms.sum() / len(y)
        dW = dW + np.outer(push, x) / len(y)
    return np.float64(loss), dW


def loops_none(X, y, W, reg):
    Z = X @ W.T
    terms = np.maximum(0, Z - Z[np.arange(len(y)), y][:, None] + 1)
    terms[np.arange(len(y)), y] = 0
    S = 1.0 * (terms > 0)
    S[np.arange(len(y)), y] = -S.sum(axis=1)
    return terms.sum() / len(y) + reg * (W**2).sum(), S.T @ X / len(y) + 2 * reg * W


RIGHT_WAYS = [loops_over_classes, loops_of_lists, loops_over_examples, loops_none]


# --- what the reference has to agree with ---------------------------------------------


def witness_margin_loss_of_torch() -> None:
    """PyTorch divides by the number of classes as well."""
    import torch

    for (X, y, W, reg), (loss, _) in expected(EXERCISE):

        def of(weights, X=X, y=y, reg=reg):
            scores = torch.tensor(X) @ weights.T
            price = torch.nn.functional.multi_margin_loss(scores, torch.tensor(y))
            return len(weights) * price + reg * (weights**2).sum()

        np.testing.assert_allclose(loss, of(torch.tensor(W)).item(), **CLOSE)


def witness_autograd() -> None:
    """At a corner PyTorch's relu has the slope 0."""
    import torch

    for (X, y, W, reg), (_, dW) in expected(EXERCISE):

        def of(weights, X=X, y=y, reg=reg):
            scores = torch.tensor(X) @ weights.T
            true = torch.tensor(y)[:, None]
            terms = torch.relu(scores - scores.gather(1, true) + 1)
            terms = terms.scatter(1, true, 0.0)
            return terms.sum() / len(y) + reg * (weights**2).sum()

        np.testing.assert_allclose(dW, autograd(of, W)[0], rtol=1e-9, atol=1e-12)
