"""What answers are tried with."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case

from .._shared import Array, Rng

Params = dict[str, Array]


TRAIN_DRIVER = """
def drive(f, ids, y, params, eta, batches):
    found = f(ids, y, params, eta, batches)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    params, losses = found
    if hasattr(params, "items"):
        params = dict(params.items())
    if not isinstance(params, dict):
        return found

    def plain(value):
        return value.detach().numpy() if hasattr(value, "detach") else value

    if isinstance(losses, (tuple, list)):  # numbers, unless a graph hangs on them
        losses = [
            value if getattr(value, "requires_grad", False) else plain(value)
            for value in losses
        ]
    elif not getattr(losses, "requires_grad", False):
        losses = plain(losses)
    return {**{name: plain(value) for name, value in params.items()}, "losses": losses}
"""


NAMES = ("E", "W", "b", "u")


def train_inputs(rng: Rng) -> list[Case]:
    """Windows with repeated words and padding, batches of different lengths."""

    def case(
        sizes: tuple[int, int, int, int, int], eta: float, *batches: int, **more: Any
    ) -> Case:
        N, k, V, d, n = sizes
        wide = 2 * k + 1
        params = {
            "E": rng.normal(0, 1, (V, d)),
            "W": rng.normal(0, 1, (n, wide * d)),
            "b": rng.normal(0, 1, n),
            "u": rng.normal(0, 2, n),
        }
        ids = rng.integers(0, V, (N, wide))
        ids[0], ids[-1, 0] = np.minimum(np.arange(wide), V - 1), 0
        y = rng.permutation(np.arange(N) % 2)
        rows = [rng.permutation(N)[:size] for size in batches]
        for batch in rows[:1]:
            batch[1] = batch[0]  # a window drawn twice counts twice
        name = f"N = {N}, k = {k}, {len(batches)} batches"
        return Case(name=name, args=(ids, y, params, eta, rows), **more)

    requirement = "without batches it is the start, and an empty list"
    return [
        case((9, 1, 6, 3, 4), 0.7, 4, 4, 3, 5),
        case((8, 2, 9, 2, 3), 1.1, 8, 5, 2),
        case((6, 1, 3, 3, 9), 0.5, 3, 4, 3, 2, 5),
        case((5, 0, 4, 4, 4), 0.9, 2, 3, 4),
        case((4, 1, 4, 2, 3), 0.5, role="edge", requirement=requirement),
    ]
