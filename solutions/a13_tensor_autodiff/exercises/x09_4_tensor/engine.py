"""Classes like `Tensor`, right but for what is given.

A rule gives the value and, for each operand, the function from upstream to downstream;
"r-" is a number minus a.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...._graphs import Order, topo_sort, turned

Back = Callable[[Any], Any]
Rule = Callable[..., tuple[Any, tuple[Back, ...]]]
SumTo = Callable[[Any, Any], Any]


def sum_to(up: Any, shape: Any) -> Any:
    """Reverse a broadcast on whole arrays (a copy of up where there was none)."""
    full = (1,) * (np.ndim(up) - len(shape)) + tuple(shape)
    axes = tuple(k for k, n in enumerate(full) if n == 1)
    return np.sum(up, axis=axes, keepdims=True).reshape(shape)


def sum_backward(up: Any, shape: Any, axis: Any, keepdims: bool) -> Any:
    """Reverse a sum on whole arrays."""
    up = up if axis is None or keepdims else np.expand_dims(up, axis)
    return up + np.zeros(shape)


def elementwise(f: Callable[..., Any], *slopes: Callable[..., Any]) -> Rule:
    """Return a rule from a function and its slope by each operand."""

    def rule(*values: Any) -> tuple[Any, tuple[Back, ...]]:
        backs = tuple(lambda up, slope=slope: up * slope(*values) for slope in slopes)
        return f(*values), backs

    return rule


def _sum(a: Any, axis: Any = None, keepdims: bool = False) -> tuple[Any, tuple[Back, ...]]:
    value = a.sum(axis=axis, keepdims=keepdims)
    return value, (lambda up: sum_backward(up, a.shape, axis, keepdims),)


def one(*values: Any) -> float:
    return 1.0


def minus_one(*values: Any) -> float:
    return -1.0


RULES: dict[str, Rule] = {
    "+": elementwise(lambda a, b: a + b, one, one),
    "-": elementwise(lambda a, b: a - b, one, minus_one),
    "*": elementwise(lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "/": elementwise(lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "r+": elementwise(lambda a, b: b + a, one, one),
    "r-": elementwise(lambda a, b: b - a, minus_one, one),
    "r*": elementwise(lambda a, b: b * a, lambda a, b: b, lambda a, b: a),
    "r/": elementwise(lambda a, b: b / a, lambda a, b: -b / a**2, lambda a, b: 1 / a),
    "**": elementwise(lambda a, k: a**k, lambda a, k: k * a ** (k - 1)),
    "neg": elementwise(lambda a: -a, minus_one),
    "exp": elementwise(np.exp, np.exp),
    "log": elementwise(np.log, lambda a: 1 / a),
    "tanh": elementwise(np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "relu": elementwise(lambda a: np.maximum(a, 0.0), lambda a: 1.0 * (a > 0)),
    "@": lambda a, b: (a @ b, (lambda up: up @ b.T, lambda up: a.T @ up)),
    "sum": _sum,
    "reshape": lambda a, shape: (
        a.reshape(shape),
        (lambda up: np.reshape(up, a.shape),),
    ),
    "transpose": lambda a: (a.T, (np.transpose,)),
}

METHODS = {
    **{f"__{name}__": op for name, op in zip(("add", "sub", "mul"), "+-*", strict=True)},
    **{f"__r{name}__": f"r{op}" for name, op in (("add", "+"), ("sub", "-"), ("mul", "*"))},
    **{"__truediv__": "/", "__rtruediv__": "r/", "__pow__": "**", "__neg__": "neg"},
    **{
        name: name for name in ("exp", "log", "tanh", "relu", "sum", "reshape", "transpose")
    },
    "__matmul__": "@",
}
COMPOSED: dict[str, Callable[..., Any]] = {
    "__neg__": lambda a: a * -1,
    "__sub__": lambda a, b: a + -b,
    "__truediv__": lambda a, b: a * b**-1,
    "__radd__": lambda a, number: a + number,
    "__rmul__": lambda a, number: a * number,
    "__rsub__": lambda a, number: -a + number,
    "__rtruediv__": lambda a, number: a**-1 * number,
}
"""Operations that need no rule of their own."""
BROADCASTS = {"+", "-", "*", "/", "r+", "r-", "r*", "r/"}
WITH_OPTIONS = {"**", "sum", "reshape"}
"""Operations whose further arguments are no Tensors."""
DEPTH = 40


children_last = turned(topo_sort)

Push = Callable[[Any, Any], None]


def add(parent: Any, share: Any) -> None:
    parent.grad = parent.grad + share


def engine(
    *,
    rules: Mapping[str, Rule] | None = None,
    back_to: SumTo = sum_to,
    order: Order = children_last,
    push: Push = add,
    start: Callable[[Any, Any], Any] | None = None,
    zeroed: Callable[[Any], Iterable[Any]] = children_last,
    before: Callable[[Any], Iterable[Any]] = lambda output: (),
    quiet: bool = True,
    after: str = "as before",
    on_error: bool = True,
    dtype: Any = float,
    first: Callable[[Any], Any] = np.zeros_like,
    deep: bool = False,
    composed: bool = False,
) -> type:
    """Return a class like `Tensor`, right but for what is given.

    Args:
        rules: other rules for some operations.
        back_to: the reverse of a broadcast.
        order: the Tensors in the order in which backward serves them.
        push: how a parent receives what arrives.
        start: gradient of the result from its data and up.
        zeroed: which Tensors zero_grad clears.
        before: which Tensors backward clears first.
        quiet: whether no_grad has an effect.
        after: recording at the end of a block: "as before", "on" or "off".
        on_error: whether the end of a block counts that ends with an error.
        dtype: of the data.
        first: a gradient before anything has arrived, from the data.
        deep: deep graphs are allowed; else they end as a recursion would, but sooner.
        composed: minus and division are made of products and powers, as micrograd does.
    """
    table = {**RULES, **(rules or {})}

    class Made:
        recording = True

        def __init__(self, data: Any, parents: Any = (), backs: Any = ()) -> None:
            self.data = np.array(data, dtype)
            self.grad = first(self.data)
            self.parents: Any = parents if Made.recording else ()
            self.backs: Any = backs if Made.recording else ()
            self.nodes: Any = None
            self.depth = 1 + self.parents[0].depth if self.parents else 0
            if self.depth > DEPTH and not deep:
                raise RecursionError("maximum recursion depth exceeded")

        def backward(self, up: Any = None) -> None:
            for node in before(self):
                node.grad = np.zeros_like(node.data)
            self.nodes = self.nodes or order(self)
            here = np.ones_like(self.data) if up is None else np.array(up, float)
            self.grad = start(self.data, up) if start else here
            for node in self.nodes:
                for parent, back in zip(node.parents, node.backs, strict=False):
                    push(parent, back(node.grad))

        def zero_grad(self) -> None:
            for node in zeroed(self):
                node.grad = np.zeros_like(node.data)

        @staticmethod
        @contextmanager
        def no_grad() -> Any:
            was = Made.recording
            Made.recording = not quiet
            if not on_error:
                yield
                Made.recording = was
                return
            try:
                yield
            finally:
                Made.recording = {"as before": was, "on": True, "off": False}[after]

    for name, op in METHODS.items():
        setattr(Made, name, _method(Made, op, table[op], back_to))
    if composed:
        for name, made_of in COMPOSED.items():
            setattr(Made, name, made_of)
    return Made


def _method(Made: Any, op: str, rule: Rule, back_to: SumTo) -> Callable[..., Any]:
    """Return a method that applies a rule to Tensors and plain numbers."""

    def method(self: Any, *others: Any, **options: Any) -> Any:
        if op in WITH_OPTIONS:
            value, backs = rule(self.data, *others, **options)
            return Made(value, (self,) if backs else (), backs)
        operands = [self, *(o if hasattr(o, "grad") else Made(o) for o in others)]
        value, backs = rule(*[o.data for o in operands])
        if op in BROADCASTS:
            backs = tuple(
                lambda up, back=back, o=o: back_to(back(up), o.data.shape)
                for back, o in zip(backs, operands, strict=False)
            )
        return Made(value, operands if backs else (), backs)

    return method
