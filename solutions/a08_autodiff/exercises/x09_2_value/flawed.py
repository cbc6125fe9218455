"""Classes like `Value` with one thing wrong.

A rule gives the value and the local gradients from the operands' values; "-" is a - b,
"r-" is a number minus a.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...._graphs import Order, depth_first, topo_sort, turned
from .._shared import max_backward

Rule = Callable[..., tuple[float, tuple[float, ...]]]


def tie_rule(first: float, second: float) -> Rule:
    def rule(a: float, b: float) -> tuple[float, tuple[float, ...]]:
        return max(a, b), (first, second) if a == b else max_backward(a, b, 1.0)

    return rule


RULES: dict[str, Rule] = {
    "+": lambda a, b: (a + b, (1.0, 1.0)),
    "-": lambda a, b: (a - b, (1.0, -1.0)),
    "*": lambda a, b: (a * b, (b, a)),
    "/": lambda a, b: (a / b, (1 / b, -a / b**2)),
    "r+": lambda a, b: (b + a, (1.0, 1.0)),
    "r-": lambda a, b: (b - a, (-1.0, 1.0)),
    "r*": lambda a, b: (b * a, (b, a)),
    "r/": lambda a, b: (b / a, (-b / a**2, 1 / a)),
    "**": lambda a, k: (a**k, (k * a ** (k - 1),)),
    "neg": lambda a: (-a, (-1.0,)),
    "exp": lambda a: (math.exp(a), (math.exp(a),)),
    "tanh": lambda a: (math.tanh(a), (1 - math.tanh(a) ** 2,)),
    "relu": lambda a: (max(a, 0.0), (float(a > 0),)),
    "max": tie_rule(0.5, 0.5),
}


NAMES = {
    **{f"__{name}__": op for name, op in zip(("add", "sub", "mul"), "+-*", strict=True)},
    **{f"__r{name}__": f"r{op}" for name, op in (("add", "+"), ("sub", "-"), ("mul", "*"))},
    **{"__truediv__": "/", "__rtruediv__": "r/", "__pow__": "**", "__neg__": "neg"},
    **{name: name for name in ("exp", "tanh", "relu", "max")},
}


DEPTH = 40
BACKWARD = turned(topo_sort)


def _push(parent: Any, gradient: float, slope: float) -> None:
    parent.grad += gradient * slope


def _all(node: Any) -> Iterable[Any]:
    return node.nodes or topo_sort(node)


def engine(
    *,
    rules: Mapping[str, Rule] | None = None,
    order: Order = BACKWARD,
    push: Callable[[Any, float, float], None] = _push,
    start: float = 1.0,
    zeroed: Callable[[Any], Iterable[Any]] = _all,
    before: Callable[[Any], Iterable[Any]] = lambda output: (),
    apart: bool = False,
    deep: bool = False,
) -> type:
    """Return a class like `Value`, right but for what is given.

    Args:
        rules: other rules for some operations.
        order: the nodes in the order in which backward serves them.
        push: how a parent receives upstream gradient and slope.
        start: gradient of the output.
        zeroed: which nodes zero_grad clears.
        before: which nodes backward clears first.
        apart: each pass works on gradients of its own and adds them at the end.
        deep: deep graphs are allowed; else they end as a recursion would, but sooner.
    """
    table = {**RULES, **(rules or {})}

    class Flawed:
        __slots__ = ("data", "depth", "grad", "nodes", "parents", "slopes")

        def __init__(self, data: float, parents: Any = (), slopes: Any = ()) -> None:
            self.data, self.grad = data, 0.0
            self.parents, self.slopes = parents, slopes
            self.nodes: list[Any] = []
            self.depth = 1 + parents[0].depth if parents else 0
            if self.depth > DEPTH and not deep:
                raise RecursionError("maximum recursion depth exceeded")

        def backward(self) -> None:
            for node in before(self):
                node.grad = 0.0
            nodes = self.nodes = self.nodes or order(self)
            old = [(node, node.grad) for node in dict.fromkeys(nodes)] if apart else []
            for node, _ in old:
                node.grad = 0.0
            self.grad = start
            for node in nodes:
                for parent, slope in zip(node.parents, node.slopes, strict=False):
                    push(parent, node.grad, slope)
            for node, grad in old:
                node.grad += grad

        def zero_grad(self) -> None:
            for node in zeroed(self):
                node.grad = 0.0

    for name, op in NAMES.items():
        setattr(Flawed, name, (_power if op == "**" else _operation)(Flawed, table[op]))
    return Flawed


def _operation(Made: Any, rule: Rule) -> Callable[..., Any]:
    """Return a method that applies a rule to Values and plain numbers."""

    def method(self: Any, *others: Any) -> Any:
        operands = [self, *(o if hasattr(o, "grad") else Made(o) for o in others)]
        value, slopes = rule(*[o.data for o in operands])
        return Made(value, operands if slopes else (), slopes)

    return method


def _power(Made: Any, rule: Rule) -> Callable[..., Any]:
    """Return the method for a power, whose exponent is a plain number and no node."""

    def method(self: Any, exponent: float) -> Any:
        value, slopes = rule(self.data, exponent)
        return Made(value, [self], slopes)

    return method


def one_rule(op: str, rule: Rule, *, deep: bool = False) -> type:
    return engine(rules={op: rule}, deep=deep)


def assign(parent: Any, gradient: float, slope: float) -> None:
    parent.grad = gradient * slope


def local_only(parent: Any, gradient: float, slope: float) -> None:
    parent.grad += slope


def recursing(*, push_first: bool) -> type:
    """Return the class whose backward hands a node's whole gradient on at every visit."""
    Base: Any = engine()

    def hand_on(node: Any) -> None:
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope
            if not push_first:
                hand_on(parent)
        if push_first:
            for parent in node.parents:
                hand_on(parent)

    def backward(self: Any) -> None:
        self.grad = 1.0
        hand_on(self)

    Base.backward = backward
    return Base


def by_recursion(node: Any) -> list[Any]:
    order: list[Any] = depth_first(node, post=True)
    return order


def lost(*ops: str) -> type:
    """Return a class in which results of some operations know no parents."""

    def forgetful(rule: Rule) -> Rule:
        return lambda *values: (rule(*values)[0], ())

    return engine(rules={op: forgetful(RULES[op]) for op in ops})
