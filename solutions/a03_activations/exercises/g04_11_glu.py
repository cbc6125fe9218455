"""G04.11 `glu`."""

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


def _glu(combine: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    """Return a (wrong) gated layer from its value path and its gate path."""
    return lambda x, W, b, V, v: combine(x @ V + v, x @ W + b)


CIRCLED = (
    "This has more axes or entries than it should: the circled times of deck D1 "
    "is the element-wise product here, and (N, M) stays (N, M)."
)


EXERCISE = exercise(
    11,
    "glu",
    by_entries(lambda value, gate: value / (1 + math.exp(-gate))),
    gate_inputs(beta=False),
    "Gates:-GLU-and-SwiGLU",
    {
        "a": (
            _glu(lambda value, gate: gate * logistic(value)),
            "Value and gate are exchanged: W and b belong to the sigmoid.",
        ),
        "b": (
            _glu(lambda value, gate: logistic(value * gate)),
            "The product is squashed. Only the gate is; the value path stays linear.",
        ),
        "c": (
            _glu(lambda value, gate: logistic(value) * logistic(gate)),
            "Both paths are squashed. The value path stays linear, so that gradients pass.",
        ),
        "d": (
            _glu(lambda value, gate: value + logistic(gate)),
            "The gate is added. It has to multiply: only so can it switch the value off.",
        ),
        "e": (
            _glu(lambda value, gate: value[:, :, None] * logistic(gate)[:, None, :]),
            CIRCLED,
        ),
        "e, Kronecker": (
            _glu(lambda value, gate: np.kron(value, logistic(gate))),
            CIRCLED,
        ),
        "Xf": (
            lambda x, W, b, V, v: (x @ V + v) * (logistic(x @ W) + b),
            "b is added after the sigmoid. The gate is the sigmoid of all of xW + b.",
        ),
        "Xg": (
            _glu(lambda value, gate: np.tanh(value) * logistic(gate)),
            "The value path goes through tanh. It stays linear: only the gate bends.",
        ),
        "Xh": (
            _glu(lambda value, gate: value * np.tanh(gate)),
            "The gate has tanh here. It is a sigmoid, from 0 (shut) to 1 (open).",
        ),
        "Xi": (
            _glu(lambda value, gate: value * gate),
            "The gate has no sigmoid: two linear paths are multiplied.",
        ),
    },
    points=1,
)


# --- other right ways of writing it ---------------------------------------------------


def glu_by_examples(x, W, b, V, v):
    return np.stack([(row @ V + v) * logistic_otherwise(row @ W + b) for row in x])


def glu_one_product(x, W, b, V, v):
    both = x @ np.hstack([W, V]) + np.concatenate([b, v])
    gate, value = np.split(both, 2, axis=1)
    return value / (1 + np.exp(-gate))


def glu_by_einsum(x, W, b, V, v):
    return (np.einsum("nd,dm->nm", x, V) + v) * logistic_otherwise(
        np.einsum("nd,dm->nm", x, W) + b
    )


RIGHT_WAYS = [glu_by_examples, glu_one_product, glu_by_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    def glu(x: Any, W: Any, b: Any, V: Any, v: Any) -> Any:
        return torch.nn.functional.glu(torch.cat([x @ V + v, x @ W + b], dim=1), dim=1)

    values_agree(EXERCISE, glu)
