"""Other right ways of writing it."""

from __future__ import annotations

import math

import numpy as np

from .._shared import topo_by_counting, topo_by_layers


class Closures:
    """In the manner of micrograd: every result knows a function that goes one step back."""

    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0
        self.parents = list(children)
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Closures) else type(self)(other)
        out = type(self)(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Closures) else type(self)(other)
        out = type(self)(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other):
        assert isinstance(other, (int, float))
        out = type(self)(self.data**other, (self,))

        def _backward():
            self.grad += other * self.data ** (other - 1) * out.grad

        out._backward = _backward
        return out

    def _unary(self, data, slope):
        out = type(self)(data, (self,))

        def _backward():
            self.grad += slope * out.grad

        out._backward = _backward
        return out

    def relu(self):
        return self._unary(0 if self.data < 0 else self.data, self.data > 0)

    def exp(self):
        return self._unary(math.exp(self.data), math.exp(self.data))

    def tanh(self):
        e = math.exp(2 * self.data)
        t = (e - 1) / (e + 1)
        return self._unary(t, 1 - t * t)

    def max(self, other):
        other = other if isinstance(other, Closures) else type(self)(other)
        out = type(self)(max(self.data, other.data), (self, other))

        def _backward():
            winners = [v for v in (self, other) if v.data == out.data]
            for v in winners:
                v.grad += out.grad / len(winners)

        out._backward = _backward
        return out

    def _topo(self):
        topo, visited, stack = [], set(), [(self, 0)]
        while stack:
            v, expanded = stack.pop()
            if expanded:
                topo.append(v)
            elif v not in visited:
                visited.add(v)
                stack += [(v, 1)] + [(p, 0) for p in v.parents]
        return topo

    def backward(self):
        self.grad = 1
        for v in reversed(self._topo()):
            v._backward()

    def zero_grad(self):
        for v in self._topo():
            v.grad = 0

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1


class Tagged:
    """An operation's name per node, and one long dispatch; np.float64 data, __slots__."""

    __slots__ = ("data", "extra", "grad", "op", "parents")

    def __init__(self, data, op="leaf", parents=(), extra=None):
        self.data, self.grad = np.float64(data), np.float64(0)
        self.op, self.parents, self.extra = op, tuple(parents), extra

    @staticmethod
    def lift(value):
        return value if isinstance(value, Tagged) else Tagged(value)

    def _two(self, op, other, turned=False):
        a, b = (Tagged.lift(other), self) if turned else (self, Tagged.lift(other))
        value = {
            "+": np.add,
            "-": np.subtract,
            "*": np.multiply,
            "/": np.divide,
            "max": np.maximum,
        }[op](a.data, b.data)
        return Tagged(value, op, (a, b))

    def __add__(self, o):
        return self._two("+", o)

    def __sub__(self, o):
        return self._two("-", o)

    def __mul__(self, o):
        return self._two("*", o)

    def __truediv__(self, o):
        return self._two("/", o)

    def __radd__(self, o):
        return self._two("+", o, True)

    def __rsub__(self, o):
        return self._two("-", o, True)

    def __rmul__(self, o):
        return self._two("*", o, True)

    def __rtruediv__(self, o):
        return self._two("/", o, True)

    def max(self, o):
        return self._two("max", o)

    def __pow__(self, k):
        return Tagged(self.data**k, "**", (self,), k)

    def __neg__(self):
        return Tagged(-self.data, "neg", (self,))

    def exp(self):
        return Tagged(np.exp(self.data), "exp", (self,))

    def tanh(self):
        return Tagged(np.tanh(self.data), "tanh", (self,))

    def relu(self):
        return Tagged(np.maximum(self.data, 0), "relu", (self,))

    def _local(self):
        values = [p.data for p in self.parents]
        match self.op:
            case "leaf":
                return ()
            case "+":
                return 1, 1
            case "-":
                return 1, -1
            case "*":
                return values[1], values[0]
            case "/":
                return 1 / values[1], -self.data / values[1]
            case "max":
                win = [v == self.data for v in values]
                return [w / sum(win) for w in win]
            case "**":
                return (self.extra * self.data / values[0],)
            case "neg":
                return (-1,)
            case "exp":
                return (self.data,)
            case "tanh":
                return (1 / np.cosh(values[0]) ** 2,)
            case "relu":
                return (np.sign(self.data),)

    def backward(self):
        for node in reversed(topo_by_layers(self)):
            if node is self:
                node.grad = np.float64(1)
            for parent, slope in zip(node.parents, node._local(), strict=True):
                parent.grad = parent.grad + node.grad * slope

    def zero_grad(self):
        for node in topo_by_counting(self):
            node.grad = np.float64(0)


class Taped:
    """One tape for all: age is the order. A pass has its own sums, added at the end."""

    length = 0

    def __init__(self, data, sources=()):
        self.data, self.grad = float(data), 0.0
        self.sources = list(sources)
        self.age = Taped.length = Taped.length + 1

    @property
    def parents(self):
        return [node for node, _ in self.sources]

    def _made(self, data, *sources):
        return Taped(data, [s for s in sources if isinstance(s[0], Taped)])

    def __add__(self, o):
        return self._made(self.data + getattr(o, "data", o), (self, 1.0), (o, 1.0))

    def __mul__(self, o):
        other = getattr(o, "data", o)
        return self._made(self.data * other, (self, other), (o, self.data))

    def __neg__(self):
        return self._made(-self.data, (self, -1.0))

    def __sub__(self, o):
        return self._made(self.data - getattr(o, "data", o), (self, 1.0), (o, -1.0))

    def __rsub__(self, o):
        return self._made(o - self.data, (self, -1.0))

    def __truediv__(self, o):
        other = getattr(o, "data", o)
        ratio = self.data / other
        return self._made(ratio, (self, 1 / other), (o, -ratio / other))

    def __rtruediv__(self, o):
        return self._made(o / self.data, (self, -o / self.data**2))

    def __pow__(self, k):
        return self._made(math.pow(self.data, k), (self, k * math.pow(self.data, k - 1)))

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        e = math.exp(self.data)
        return self._made(e, (self, e))

    def tanh(self):
        t = math.tanh(self.data)
        return self._made(t, (self, (1 - t) * (1 + t)))

    def relu(self):
        return (
            self._made(self.data, (self, 1.0)) if self.data > 0 else Taped(0, [(self, 0)])
        )

    def max(self, o):
        other = getattr(o, "data", o)
        share = 0.5 * ((self.data > other) + (self.data >= other))
        return self._made(max(self.data, other), (self, share), (o, 1 - share))

    def _before(self):
        found, todo = {self}, [self]
        while todo:
            for node, _ in todo.pop().sources:
                if node not in found:
                    found.add(node)
                    todo.append(node)
        return sorted(found, key=lambda node: -node.age)

    def backward(self):
        nodes = self._before()
        sums = dict.fromkeys(nodes, 0.0)
        sums[self] = 1.0
        for node in nodes:
            for source, slope in node.sources:
                sums[source] += sums[node] * slope
            node.grad += sums[node]

    def zero_grad(self):
        for node in self._before():
            node.grad = 0


class Patient(Closures):
    """Kahn's algorithm: a node is served when all its users have reported."""

    def _topo(self):
        return topo_by_counting(self)


RIGHT_WAYS = [Closures, Tagged, Taped, Patient]
