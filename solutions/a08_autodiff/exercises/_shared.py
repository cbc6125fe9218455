"""What several exercises of a08_autodiff share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
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


# Large graphs are built with Python's search for garbage at rest: it would go through all
# their objects again and again.
AT_REST = """
def at_rest(work):
    import gc

    enabled = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        if enabled:
            gc.enable()
"""


def topo_sort(output: Any) -> list[Any]:
    """T09.12 depth first: a node is done when the stack comes back to it."""
    order, met, stack = [], set(), [(output, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in met:
            met.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def depth_first(output: Any, *, post: bool, seen: bool = True, right: bool = False) -> Any:
    """Return an order by recursion, as most people write it."""
    order: list[Any] = []
    visited: set[Any] = set()

    def visit(node: Any) -> None:
        if seen and node in visited:
            return
        visited.add(node)
        if not post:
            order.append(node)
        for parent in list(node.parents)[:: -1 if right else 1]:
            visit(parent)
        if post:
            order.append(node)

    visit(output)
    return order


def breadth_first(output: Any, *, right: bool = False) -> list[Any]:
    """Return the nodes level by level."""
    order, queue, seen = [], deque([output]), {output}
    while queue:
        order.append(queue.popleft())
        for parent in list(order[-1].parents)[:: -1 if right else 1]:
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return order


Order = Callable[[Any], list[Any]]


LEVEL_ORDERS: tuple[Order, ...] = tuple(
    partial(breadth_first, right=right) for right in (False, True)
)


def turned(order: Order) -> Order:
    """Return the same order from its other end."""
    return lambda output: order(output)[::-1]


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
