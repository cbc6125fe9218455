"""What several exercises of a17_deep_networks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from grader.model import Evidence, Returned

from ..._shared import generic

Array = np.ndarray
Rng = np.random.Generator
Layer = tuple[Array, Array]
LECTURE = "08_backpropagation"
DEPTH = f"{LECTURE}#8.-Any-depth-(12-minutes,-core)"
BATCH = f"{LECTURE}#9.-A-batch,-step-by-step-(15-minutes,-core)"
WITNESSES = f"{LECTURE}#Three-witnesses"
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-12}

ONE = "one example, N = 1"
STRAIGHT = "a network of one layer, L = 1, is linear"
"""Requirements of the tasks."""

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
}


def in_no_tuple(outputs: int) -> Callable[[Evidence], bool]:
    """Return a test: some generic call returned what the driver could not take apart."""

    def test(evidence: Evidence) -> bool:
        found = [o.value for _, o, _ in generic(evidence) if isinstance(o, Returned)]
        return bool(found) and not all(
            isinstance(value, (tuple, list)) and len(value) == outputs for value in found
        )

    return test


def layers(rng: Rng, sizes: Sequence[int]) -> list[Layer]:
    """Return a pair of weights and biases for each layer, no bias 0."""
    return [
        (rng.normal(0, 1.2 / source**0.5, (to, source)), rng.uniform(0.1, 0.6, to))
        for source, to in pairwise(sizes)
    ]


def run(X: Array, params: Sequence[Layer], act: str) -> tuple[list[Array], list[Array]]:
    """Return what each layer computes and what each layer gets: Zs and As."""
    Zs, As = [], [X]
    for W, b in params:
        Zs.append(As[-1] @ W.T + b)
        As.append(ACTIVATIONS[act](Zs[-1]))
    return Zs, As[:-1]


def network(
    rng: Rng, n: int, sizes: Sequence[int], act: str
) -> tuple[Array, list[Layer], list[Array], list[Array]]:
    """Return X, params, Zs and As, drawn until a change of 0.01 leaves each ReLU as it is.

    Every hidden ReLU unit is on for one example; with several, some unit is off for one.
    """
    for _ in range(500):
        X, params = rng.normal(0.2, 1.1, (n, sizes[0])), layers(rng, sizes)
        Zs, As = run(X, params, act)
        hidden = Zs[:-1]
        if act == "tanh" or all(
            np.abs(Z).min() > 0.01
            and (Z > 0).any(axis=0).all()
            and (n == 1 or (Z < 0).any())
            for Z in hidden
        ):
            break
    return X, params, Zs, As
