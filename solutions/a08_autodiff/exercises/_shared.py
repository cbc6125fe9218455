"""What several exercises of a08_autodiff share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Exercise
from grader.vetting.witness import expected

from ..._shared import autograd

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "09_computation_graphs"


TINY = 1e-30
"""The complex step; its square vanishes."""


def away_from_zero(rng: Rng, *shape: int) -> Any:
    """Numbers between 0.5 and 2 in size, of both signs."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


# Some numbers in an array, or in a named tuple, are as good as in a tuple.
NUMBERS_DRIVER = """
def drive(f, *args):
    found = f(*args)
    is_row = getattr(found, "ndim", 0) == 1
    return tuple(found) if is_row or isinstance(found, tuple) else found
"""


def max_backward(a: float, b: float, up: float) -> tuple[float, float]:
    """T09.10, E18: max(a, b) = (a + b + |a - b|) / 2, with |.|' = sign."""
    half = 0.5 * float(np.sign(a - b))
    return up * (0.5 + half), up * (0.5 - half)


ONE_SIDE = (
    "At a tie one side takes everything. Some functions of PyTorch do so, but its maximum "
    "and this course give each side one half."
)


CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}


def slopes_agree(exercise: Exercise, f: Callable[..., Any]) -> None:
    """Hold gradients against PyTorch's.

    Args:
        exercise: returns one gradient for each of its first arguments.
        f: the function in PyTorch; takes these arguments, then the others.
    """
    for seed in range(3):
        for args, gradients in expected(exercise, seed):
            n = len(gradients)
            wanted = autograd(lambda *leaves, rest=args[n:]: f(*leaves, *rest), *args[:n])
            for mine, theirs in zip(gradients, wanted, strict=True):
                np.testing.assert_allclose(mine, theirs, **CLOSE)


def slide(x: Any, y: Any, z: Any) -> Any:
    """The example of lecture 09, in PyTorch."""
    import torch

    return (x + y) * torch.maximum(y, z)


def topo_by_counting(output):
    reach, open_nodes = {output}, [output]
    users = {}
    while open_nodes:
        node = open_nodes.pop()
        for parent in node.parents:
            users.setdefault(parent, []).append(node)
            if parent not in reach:
                reach.add(parent)
                open_nodes.append(parent)
    missing = {node: len(node.parents) for node in reach}
    ready = deque(node for node in reach if not node.parents)
    order = []
    while ready:
        order.append(ready.popleft())
        for user in users.get(order[-1], []):
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    return order


def topo_by_layers(output):
    height, stack = {}, [output]
    while stack:
        node = stack[-1]
        waiting = [p for p in node.parents if p not in height]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            height[node] = 1 + max((height[p] for p in node.parents), default=-1)
    return tuple(sorted(height, key=height.get))
