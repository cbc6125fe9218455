"""Orders in which backward must not serve a graph."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from .engine import children_last, engine


def inputs_first(output: Any) -> list[Any]:
    return children_last(output)[::-1]


def first_met(output: Any, *, right: bool = False) -> list[Any]:
    """Depth first, a Tensor before what it was made from, wherever else that is used."""
    order, met, stack = [], set(), [output]
    while stack:
        node = stack.pop()
        if id(node) not in met:
            met.add(id(node))
            order.append(node)
            stack.extend(list(node.parents)[:: 1 if right else -1])
    return order


def marked_early(output: Any, *, right: bool = False) -> list[Any]:
    """Depth first; a Tensor is marked when it is found, not when it is its turn."""
    order, met, stack = [], set(), [(output, False)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(node)
            continue
        stack.append((node, True))
        for parent in list(node.parents)[:: 1 if right else -1]:
            if id(parent) not in met:
                met.add(id(parent))
                stack.append((parent, False))
    return order[::-1]


def level_by_level(output: Any, *, right: bool = False) -> list[Any]:
    order, queue, met = [], deque([output]), {id(output)}
    while queue:
        order.append(queue.popleft())
        for parent in list(order[-1].parents)[:: -1 if right else 1]:
            if id(parent) not in met:
                met.add(id(parent))
                queue.append(parent)
    return order


def repeated(output: Any) -> list[Any]:
    """As often as there are roads."""
    order: list[Any] = []

    def visit(node: Any) -> None:
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(output)
    return order[::-1]


def by_recursion(output: Any) -> list[Any]:
    order: list[Any] = []
    met: set[int] = set()

    def visit(node: Any) -> None:
        if id(node) not in met:
            met.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    return order[::-1]


def recursing(*, push_first: bool) -> type:
    """Return the class whose backward hands a Tensor's whole gradient on at every visit."""
    Base: Any = engine()

    def hand_on(node: Any) -> None:
        for parent, back in zip(node.parents, node.backs, strict=True):
            parent.grad = parent.grad + back(node.grad)
            if not push_first:
                hand_on(parent)
        if push_first:
            for parent in node.parents:
                hand_on(parent)

    def backward(self: Any, up: Any = None) -> None:
        self.grad = np.ones_like(self.data) if up is None else np.array(up)
        hand_on(self)

    Base.backward = backward
    return Base
