"""G04.12 `swiglu`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._shared import sigmoid as logistic
from ._shared import (
    Array,
    by_entries,
    exercise,
    gate_inputs,
    logistic_otherwise,
    values_agree,
)


def _swiglu(combine: Callable[[Array, Array, float], Array]) -> Callable[..., Array]:
    return lambda x, W, b, V, c, beta: combine(x @ V + c, x @ W + b, beta)


def _swish(q: Array, beta: float) -> Array:
    return np.asarray(q * logistic(beta * q))


def _swiglu_reference(
    x: Array, W: Array, b: Array, V: Array, c: Array, beta: float
) -> Array:
    layer = by_entries(lambda value, gate: value * gate / (1 + math.exp(-beta * gate)))
    return layer(x, W, b, V, c)


EXERCISE = exercise(
    12,
    "swiglu",
    _swiglu_reference,
    gate_inputs(beta=True),
    "Gates:-GLU-and-SwiGLU",
    {
        "a": (
            _swiglu(lambda value, gate, beta: value * logistic(beta * gate)),
            "This is a GLU with a sharper gate. Swish also multiplies by its own input.",
        ),
        "b": (
            _swiglu(lambda value, gate, beta: value * _swish(gate, 1.0)),
            "beta is not used: it scales what the inner sigmoid receives.",
        ),
        "c": (
            _swiglu(lambda value, gate, beta: gate * _swish(value, beta)),
            "Value and gate are exchanged: Swish is applied to the path of W.",
        ),
        "d": (
            _swiglu(lambda value, gate, beta: _swish(value, beta) * _swish(gate, beta)),
            "Both paths go through Swish. One of them stays linear.",
        ),
        "e": (
            _swiglu(lambda value, gate, beta: value * beta * _swish(gate, 1.0)),
            "beta stands in front. It belongs inside the sigmoid.",
        ),
        "Xf": (
            lambda x, W, b, V, c, beta: (
                (x @ V + c) * (x @ W + b) * logistic(beta * (x @ W) + b)
            ),
            "beta multiplies xW alone. It multiplies all that the sigmoid gets, b as well.",
        ),
        "Xg": (
            _swiglu(lambda value, gate, beta: value * _swish(beta * gate, 1.0)),
            "beta stands in both places. Swish is q times the sigmoid of beta q: the q in "
            "front has no beta.",
        ),
        "Xh": (
            _swiglu(lambda value, gate, beta: value * gate),
            "The sigmoid is missing: two linear paths are multiplied.",
        ),
    },
)


# --- other right ways of writing it ---------------------------------------------------


def swiglu_by_examples(x, W, b, V, c, beta):
    rows = []
    for row in x:
        q = row @ W + b
        rows.append((row @ V + c) * q / (1 + np.exp(-beta * q)))
    return np.array(rows)


def swiglu_one_product(x, W, b, V, c, beta):
    both = x @ np.hstack([W, V]) + np.concatenate([b, c])
    q, value = both[:, : len(b)], both[:, len(b) :]
    return value * q * logistic_otherwise(beta * q)


def swiglu_with_where(x, W, b, V, c, beta):
    q = np.asfortranarray(x @ W + b)
    e = np.exp(-np.abs(beta * q))
    gate = np.where(q > 0, q, q * e) / (1 + e)
    return gate * (x @ V + c)


RIGHT_WAYS = [swiglu_by_examples, swiglu_one_product, swiglu_with_where]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    def swiglu(x: Any, W: Any, b: Any, V: Any, c: Any, beta: float) -> Any:
        q = x @ W + b
        return (x @ V + c) * q * torch.sigmoid(beta * q)

    values_agree(EXERCISE, swiglu)
