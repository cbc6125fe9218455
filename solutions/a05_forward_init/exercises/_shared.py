"""What several exercises of a05_forward_init share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise
from grader.vetting.witness import expected

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "06_feedforward_networks"


def fan_inputs(rng: Rng) -> list[Case]:
    """The network of the slides and four pairs of unequal sizes."""
    pairs = [(4, 6), *(tuple(map(int, rng.integers(2, 400, 2))) for _ in range(3))]
    cases = [Case(name=f"{a} to {b}", args=(a, b + (a == b))) for a, b in pairs]
    return [*cases, Case(name="visible", args=(1, 5), role="visible")]


def glorot_as_power(d_in, d_out):
    return np.float64(6.0) ** 0.5 * (d_in + d_out) ** -0.5


def limits_are_reached(of: Exercise, fill: Callable[[Any], Any]) -> None:
    """Hold a limit against the largest of 200 000 weights that PyTorch draws."""
    import torch

    for (d_in, d_out), v in expected(of):
        torch.manual_seed(0)
        largest = max(
            fill(torch.empty(d_out, d_in, dtype=torch.float64)).abs().max().item()
            for _ in range(1 + 200_000 // (d_in * d_out))
        )
        assert 0.999 * v < largest <= v, (d_in, d_out, largest, v)
