"""G06.4 `count_params`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng


def count_inputs(rng: Rng) -> list[Case]:
    """The network of the slides and others; a list of one width."""
    random = [(rng.permutation(20)[:n] + 2).tolist() for n in (3, 4, 5)]
    lists: list[list[int]] = [[4, 6, 3], *random]
    requirement = "a single width has no parameters"
    return [
        *(Case(name="-".join(map(str, network)), args=(network,)) for network in lists),
        Case(name="one width", args=([7],), role="edge", requirement=requirement),
    ]


def count_params(sizes: Sequence[int]) -> int:
    """T06.9: entries of all arrays of a network that is really built."""
    layers = pairwise(sizes)
    return sum(np.zeros((to, source)).size + np.zeros(to).size for source, to in layers)


def _layers(count: Callable[[int, int], int]) -> Callable[[Sequence[int]], int]:
    return lambda sizes: sum(count(a, b) for a, b in pairwise(sizes))


EXERCISE = Exercise(
    id="G06.4",
    function="count_params",
    points=3,
    reference=count_params,
    inputs=count_inputs,
    outputs=("number",),
    lecture=f"{LECTURE}#What-is-in-a-network",
    mistakes=(
        Mistake(
            code="M06.4a",
            variant=_layers(lambda a, b: a * b),
            message="The biases are not counted: one for every unit that is no input.",
        ),
        Mistake(
            code="M06.4b",
            variant=_layers(lambda a, b: (a + 1) * (b + 1)),
            message="A bias is like one more input; it does not make one more output.",
        ),
        Mistake(
            code="M06.4c",
            variant=_layers(lambda a, b: a * (b + 1)),
            message="There is one bias per unit of the receiving layer, not of the "
            "sending one.",
        ),
        Mistake(
            code="M06.4d",
            variant=sum,
            message="This is the number of units. Parameters are weights and biases.",
        ),
        Mistake(
            code="M06.4e",
            variant=math.prod,
            message="All widths are multiplied. Connections multiply within a layer; the "
            "layers add up.",
        ),
        Mistake(
            code="X06.4f",
            variant=lambda sizes: _layers(lambda a, b: a * b)(sizes) + sum(sizes[1:-1]),
            message="The biases of the last layer are missing. Its units have one each, "
            "too.",
        ),
        Mistake(
            code="X06.4h",
            variant=_layers(lambda a, b: a * b + 1),
            message="One bias is counted for each layer. Each of its units has one.",
        ),
        Mistake(
            code="X06.4g",
            variant=lambda sizes: _layers(lambda a, b: a * b)(sizes) + sum(sizes),
            message="The inputs are given biases, too. An input only passes on a number.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def count_in_a_loop(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i]
        total += sizes[i]
    return total


def count_with_numpy(sizes):
    d = np.array(sizes)
    return np.dot(d[:-1], d[1:]) + d[1:].sum()


def count_arrays(sizes):
    return sum(np.empty((b, a)).size + np.empty(b).size for a, b in pairwise(sizes))


RIGHT_WAYS = [count_in_a_loop, count_with_numpy, count_arrays]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (sizes,), number in expected(EXERCISE):
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
        found = sum(p.numel() for layer in layers for p in layer.parameters())
        assert number == found, (sizes, number, found)
