"""Descent without PyTorch, right or with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...._shared import sigmoid
from .._shared import Array
from .cases import NAMES, Params

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (sigmoid, lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda h: 1.0 * (h > 0)),
}
"""What the hidden layer may do, and its slope from the activation."""


def slopes_of(
    ids: Array,
    y: Array,
    params: Params,
    *,
    squashed: bool = False,
    act: str = "sigmoid",
) -> tuple[Params, float]:
    """Gradients and loss of some windows, one window at a time; their means."""
    f, slope = ACTIVATIONS[act]
    total = {name: np.zeros_like(value) for name, value in params.items()}
    cost = 0.0
    for words, label in zip(ids, y, strict=True):
        x = np.concatenate([params["E"][word] for word in words])
        z = params["W"] @ x + params["b"]
        h = f(z)
        s = float(params["u"] @ h)
        if squashed:  # the loss takes the logistic function of a probability
            p = float(sigmoid(s))
            e = (float(sigmoid(p)) - label) * p * (1 - p)
            s = p
        else:
            e = float(sigmoid(s)) - label
        cost += float(np.logaddexp(0, -s if label else s)) / len(y)
        e /= len(y)
        delta = e * params["u"] * slope(h)
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
    keep: bool = False,
    frozen: str = "",
    padding: bool = False,
    whole: bool = False,
    after: bool = False,
    turned: bool = False,
    order: Callable[[Sequence[Array]], Sequence[Array]] = list,
    choose: Callable[[Array], Array] = np.asarray,
    step_factor: Callable[[int], float] = lambda n: 1.0,
    loss_factor: Callable[[int], float] = lambda n: 1.0,
    report: Callable[[list[float]], Any] = list,
    **how: Any,
) -> Train:
    """Return a training loop with one thing wrong; factors are those of n windows."""

    def run(
        ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
    ) -> tuple[Params, Any]:
        now, heap = dict(params), {name: 0 * params[name] for name in NAMES}
        losses = []
        y = 1 - y if turned else y
        for rows in order(batches):
            part = np.arange(len(y)) if whole else choose(rows)
            slopes, cost = slopes_of(ids[part], y[part], now, **how)
            if padding:
                slopes["E"][0] = 0
            factor = step_factor(len(part))
            for name in NAMES:
                step = heap[name] + slopes[name] if keep else slopes[name]
                heap[name] = step
                if name not in frozen:
                    now[name] = now[name] - eta * factor * step
            if after:
                cost = slopes_of(ids[part], y[part], now, **how)[1]
            losses.append(cost * loss_factor(len(part)))
        return now, report(losses)

    return run


def not_returned(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> tuple[Params, list[float]]:
    return dict(params), train_ner(ids, y, params, eta, batches)[1]
