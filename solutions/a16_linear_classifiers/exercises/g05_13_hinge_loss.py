"""G05.13 `hinge_loss`."""

from __future__ import annotations

import numpy as np

from grader.model import Exercise

from ._shared import SVM, hinge_inputs, hinge_loss, hinge_mistakes, hinge_parts
from .g05_12_hinge_loss_loops import (
    loops_none,
    loops_over_examples,
    witness_autograd,
    witness_margin_loss_of_torch,
)

__all__ = ["witness_autograd", "witness_margin_loss_of_torch"]

EXERCISE = Exercise(
    id="G05.13",
    function="hinge_loss",
    points=3,
    reference=hinge_loss,
    inputs=hinge_inputs,
    outputs=("loss", "dW"),
    pack="tuple",
    parts=hinge_parts(),
    vectorised=True,
    lecture=SVM,
    mistakes=hinge_mistakes("05.13"),
)


# --- other right ways of writing it ---------------------------------------------------


def hinge_with_one_hot(X, y, W, reg):
    Y = np.eye(len(W))[y]
    Z = X @ W.T
    terms = (1 - Y) * (Z - (Z * Y).sum(axis=1, keepdims=True) + 1).clip(min=0)
    push = np.sign(terms)
    push -= Y * push.sum(axis=1, keepdims=True)
    loss = terms.sum(axis=1).mean() + reg * np.sum(np.square(W))
    return loss, np.einsum("nc,nd->cd", push, X) / len(X) + 2 * reg * W


def hinge_in_columns(X, y, W, reg):
    """As CS231n stores it: classes are columns."""
    V = W.T  # (D, C)
    scores = X.dot(V)
    right = scores[range(len(y)), list(y)].reshape(-1, 1)
    margins = np.where(scores - right + 1 > 0, scores - right + 1, 0)
    margins[range(len(y)), list(y)] = 0
    binary = (margins > 0) * 1
    binary[range(len(y)), list(y)] = -binary.sum(axis=1)
    dV = X.T.dot(binary) / X.shape[0] + 2 * reg * V
    return [margins.sum() / X.shape[0] + reg * (V * V).sum(), dV.T]


def hinge_less_the_true_class(X, y, W, reg):
    """The true class is left in the sum, and its 1 taken away afterwards."""
    Z = X @ W.T
    terms = Z - np.take_along_axis(Z, y[:, None], axis=1) + 1
    near = (terms > 0).astype(int)
    loss = (terms * near).sum() / len(y) - 1 + reg * np.linalg.norm(W) ** 2
    np.add.at(near, (np.arange(len(y)), y), -near.sum(axis=1))
    return loss, near.T @ X / len(y) + 2 * reg * W


RIGHT_WAYS = [
    loops_none,
    loops_over_examples,
    hinge_with_one_hot,
    hinge_in_columns,
    hinge_less_the_true_class,
]

EQUIVALENTS = {
    "terms = np.maximum(0, Z - Z[rows, y][:, None] + 1) → terms = np.maximum(Z - Z[rows, y][:, None] + 1, 0)": "the larger of two numbers, in either order",
    "dZ[rows, y] = -dZ.sum(axis=1) → dZ[rows, y] = -dZ.sum(axis=-1)": "the last axis of a matrix is axis 1",
}
