"""What several exercises of a14_word2vec share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Triple = tuple[float, Array, Array]
Loss = Callable[[Array, int, Array], Triple]

LECTURE = "14_word_vectors_and_ner"
WORD2VEC = f"{LECTURE}#5.-Learn-instead-of-counting-(13-minutes,-core)"
NAMES = f"{LECTURE}#14.-Count-names,-not-words-(13-minutes,-core)"
SOFTMAX = "05_losses_and_softmax#The-gradient:-prediction-minus-target"
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}

# Losses for functions that are handed one: every row of u gets something, the row of c more.
# "counted" weighs its calls 1, 2, 3 ...: its results tell how often and in which order it
# was called.
LOSSES = """
import numpy as np


def made(kind):
    calls = [0]

    def loss(v_w, c, u):
        calls[0] += 1
        near, far = {"dense": (1.0, 0.25), "wide": (0.5, -0.4), "counted": (0.7, 0.3)}[kind]
        weight = calls[0] if kind == "counted" else 1
        shares = weight * far * np.cos(np.arange(len(u)))
        step = weight * near * (v_w - u[c])
        L = weight * near * np.sum((v_w - u[c]) ** 2) / 2 + shares @ (u @ v_w)
        du = np.outer(shares, v_w)
        du[c] -= step
        return float(L), step + shares @ u, du

    return loss
"""


def softmax_loss(v_w: Array, c: int, u: Array) -> Triple:
    """Return the naive softmax loss of one pair, with its gradients, word by word."""
    scores = [math.fsum(a * b for a, b in zip(row, v_w, strict=True)) for row in u]
    top = max(scores)
    total = math.fsum(math.exp(s - top) for s in scores)
    dv, du = np.zeros(len(v_w)), np.zeros(u.shape)
    for j, s in enumerate(scores):
        e = math.exp(s - top) / total - (j == c)
        dv += e * u[j]
        du[j] = e * v_w
    return top + math.log(total) - scores[c], dv, du


def negative_loss(v_w: Array, c: int, u: Array, negatives: Any) -> Triple:
    """Return the loss of one real pair and its drawn words, with its gradients."""
    L, dv, du = 0.0, np.zeros(len(v_w)), np.zeros(u.shape)
    for j, sign in ((c, 1.0), *((int(k), -1.0) for k in negatives)):
        margin = sign * math.fsum(a * b for a, b in zip(u[j], v_w, strict=True))
        small = math.exp(-abs(margin))
        L += max(-margin, 0.0) + math.log1p(small)
        e = -sign * (small if margin > 0 else 1.0) / (1.0 + small)
        dv += e * u[j]
        du[j] += e * v_w
    return L, dv, du


def torch_loss(kind: str, v_w: Any, c: int, u: Any, call: int = 1) -> Any:
    """Return the losses of the drivers in PyTorch's numbers."""
    import torch

    near, far = {"dense": (1.0, 0.25), "wide": (0.5, -0.4), "counted": (0.7, 0.3)}[kind]
    shares = far * torch.cos(torch.arange(len(u), dtype=torch.float64))
    L = near * ((v_w - u[c]) ** 2).sum() / 2 + shares @ u @ v_w
    return L * call if kind == "counted" else L
