"""Descent without PyTorch, right or with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...._shared import sigmoid
from .._shared import Array
from .cases import NAMES, Params


def slopes_of(
    ids: Array, y: Array, params: Params, *, squashed: bool = False, tanh: bool = False
) -> tuple[Params, float]:
    """Gradients and loss of some windows, one window at a time; their means."""
    total = {name: np.zeros_like(value) for name, value in params.items()}
    cost = 0.0
    for words, label in zip(ids, y, strict=True):
        x = np.concatenate([params["E"][word] for word in words])
        z = params["W"] @ x + params["b"]
        h = np.tanh(z) if tanh else sigmoid(z)
        s = float(params["u"] @ h)
        if squashed:  # the loss takes the logistic function of a probability
            p = float(sigmoid(s))
            e = (float(sigmoid(p)) - label) * p * (1 - p)
            s = p
        else:
            e = float(sigmoid(s)) - label
        cost += float(np.logaddexp(0, -s if label else s)) / len(y)
        e /= len(y)
        delta = e * params["u"] * (1 - h * h if tanh else h * (1 - h))
        for place, word in enumerate(words):
            d = params["E"].shape[1]
            total["E"][word] += delta @ params["W"][:, place * d : (place + 1) * d]
        total["W"] += np.outer(delta, x)
        total["b"] += delta
        total["u"] += e * h
    return total, cost


Train = Callable[..., tuple[Params, Any]]


def train_ner(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> tuple[Params, list[float]]:
    """Descend batch by batch, without PyTorch."""
    losses = []
    for rows in batches:
        slopes, cost = slopes_of(ids[rows], y[rows], params)
        params = {name: params[name] - eta * slopes[name] for name in NAMES}
        losses.append(cost)
    return {name: params[name].copy() for name in NAMES}, losses


def trained(
    *,
    sign: float = 1.0,
    keep: bool = False,
    summed: bool = False,
    frozen: str = "",
    padding: bool = False,
    whole: bool = False,
    after: bool = False,
    report: Callable[[list[float]], Any] = list,
    **how: bool,
) -> Train:
    """Return a training loop with one thing wrong."""

    def run(
        ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
    ) -> tuple[Params, Any]:
        now, heap = dict(params), {name: 0 * params[name] for name in NAMES}
        losses = []
        for rows in batches:
            part = np.arange(len(y)) if whole else rows
            slopes, cost = slopes_of(ids[part], y[part], now, **how)
            if padding:
                slopes["E"][0] = 0
            scale = len(part) if summed else 1
            for name in NAMES:
                step = heap[name] + slopes[name] if keep else slopes[name]
                heap[name] = step
                if name not in frozen:
                    now[name] = now[name] - sign * eta * scale * step
            if after:
                cost = slopes_of(ids[part], y[part], now, **how)[1]
            losses.append(cost * scale)
        return now, report(losses)

    return run


def not_returned(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> tuple[Params, list[float]]:
    return dict(params), train_ner(ids, y, params, eta, batches)[1]
