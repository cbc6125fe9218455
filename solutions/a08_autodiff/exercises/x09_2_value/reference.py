"""The machine by complex steps."""

from __future__ import annotations

import cmath
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from ...._graphs import topo_sort
from .._shared import TINY, max_backward


class Reference:
    """Newest first: whoever uses a node is younger, so a heap of ages gives the order.

    Local gradients come from complex steps.
    """

    ages = itertools.count()

    def __init__(self, data: Any, parents: Any = (), slopes: Any = ()) -> None:
        self.data, self.grad = data, 0.0
        self.parents, self.slopes = list(parents), slopes
        self.age = -next(Reference.ages)

    def _of(self, rule: Callable[..., Any], *others: Any) -> Reference:
        operands = [self, *others]
        known = [v.data if isinstance(v, Reference) else v for v in operands]
        parents, slopes = [], []
        for k, operand in enumerate(operands):
            if isinstance(operand, Reference):
                moved = [v + 1j * TINY * (k == i) for i, v in enumerate(known)]
                parents.append(operand)
                slopes.append(rule(*moved).imag / TINY)
        return Reference(float(rule(*known).real), parents, slopes)

    def __add__(self, other: Any) -> Reference:
        return self._of(lambda a, b: a + b, other)

    def __sub__(self, other: Any) -> Reference:
        return self._of(lambda a, b: a - b, other)

    def __mul__(self, other: Any) -> Reference:
        return self._of(lambda a, b: a * b, other)

    def __truediv__(self, other: Any) -> Reference:
        return self._of(lambda a, b: a / b, other)

    def __rsub__(self, other: Any) -> Reference:
        return self._of(lambda a, b: b - a, other)

    def __rtruediv__(self, other: Any) -> Reference:
        return self._of(lambda a, b: b / a, other)

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, k: float) -> Reference:
        return self._of(lambda a: a**k)

    def __neg__(self) -> Reference:
        return self._of(lambda a: -a)

    def exp(self) -> Reference:
        """E to the power of this."""
        return self._of(cmath.exp)

    def tanh(self) -> Reference:
        """Hyperbolic tangent."""
        return self._of(cmath.tanh)

    def relu(self) -> Reference:
        """The positive part."""
        return Reference(max(self.data, 0.0), [self], [float(self.data > 0)])

    def max(self, other: Any) -> Reference:
        """The larger of two."""
        other = other if isinstance(other, Reference) else Reference(other)
        shares = max_backward(self.data, other.data, 1.0)
        return Reference(max(self.data, other.data), [self, other], shares)

    def backward(self) -> None:
        """Add the gradients of this to those of all nodes before."""
        self.grad += 1.0
        coming, seen = [(self.age, self)], {self.age}
        while coming:
            _, node = heapq.heappop(coming)
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += node.grad * slope
                if parent.age not in seen:
                    seen.add(parent.age)
                    heapq.heappush(coming, (parent.age, parent))

    def zero_grad(self) -> None:
        """Forget all gradients from here on down."""
        for node in topo_sort(self):
            node.grad = 0.0
