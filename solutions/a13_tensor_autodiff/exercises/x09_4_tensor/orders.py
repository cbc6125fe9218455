"""Ways back through a graph that are wrong, beside those that a08 has, too."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine import engine


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
