"""What the machines of a08 and a13 share: orders of a graph, and answers part by part."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from grader.judge.compare import compare
from grader.model import Evidence, Mistake, Returned

from ._shared import generic

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

Order = Callable[[Any], list[Any]]


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


def turned(order: Order) -> Order:
    """Return the same order from its other end."""
    return lambda output: order(output)[::-1]


LEVEL_ORDERS: tuple[Order, ...] = tuple(
    partial(breadth_first, right=right) for right in (False, True)
)


def mistakes(
    code: str, message: str, *classes: Any, lecture: str = ""
) -> tuple[Mistake, ...]:
    """Return a mistake for each of the classes that have it."""
    return tuple(
        Mistake(code=code, variant=wrong, message=message, lecture=lecture)
        for wrong in classes
    )


def wrong_parts(evidence: Evidence, parts: Sequence[str]) -> dict[str, Any]:
    """Return what stands in place of those parts of the generic cases that are wrong."""
    wrong: dict[str, Any] = {}
    for _, outcome, right in generic(evidence):
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, dict):
            return {}
        if not isinstance(right, Returned):
            return {}
        found = {part: outcome.value.get(part) for part in parts}
        wrong |= {p: v for p, v in found.items() if compare(v, right.value[p]) is not None}
    return wrong
