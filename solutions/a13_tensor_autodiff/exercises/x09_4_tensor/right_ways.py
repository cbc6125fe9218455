"""Other right ways of writing it."""

from __future__ import annotations

import contextlib
from typing import ClassVar

import numpy as np


def _unbroadcast(grad, shape):
    grad = np.asarray(grad)
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


class Closures:
    """In the manner of micrograd: every result knows a function that goes one step back."""

    grad_enabled = True

    def __init__(self, data, children=()):
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = np.zeros_like(self.data)
        self._backward = lambda: None
        self._prev = children if Closures.grad_enabled else ()

    def _made(self, data, children, backward):
        out = Closures(data, children)
        if Closures.grad_enabled:
            out._backward = lambda: backward(out.grad)
        return out

    @staticmethod
    def _wrap(other):
        return other if isinstance(other, Closures) else Closures(other)

    def __add__(self, other):
        other = self._wrap(other)

        def back(g):
            self.grad = self.grad + _unbroadcast(g, self.data.shape)
            other.grad = other.grad + _unbroadcast(g, other.data.shape)

        return self._made(self.data + other.data, (self, other), back)

    def __mul__(self, other):
        other = self._wrap(other)

        def back(g):
            self.grad = self.grad + _unbroadcast(g * other.data, self.data.shape)
            other.grad = other.grad + _unbroadcast(g * self.data, other.data.shape)

        return self._made(self.data * other.data, (self, other), back)

    def __pow__(self, k):
        def back(g):
            self.grad = self.grad + g * k * self.data ** (k - 1)

        return self._made(self.data**k, (self,), back)

    def __matmul__(self, other):
        def back(g):
            self.grad = self.grad + g @ other.data.T
            other.grad = other.grad + self.data.T @ g

        return self._made(self.data @ other.data, (self, other), back)

    def _unary(self, data, slope):
        def back(g):
            self.grad = self.grad + g * slope

        return self._made(data, (self,), back)

    def exp(self):
        e = np.exp(self.data)
        return self._unary(e, e)

    def log(self):
        return self._unary(np.log(self.data), 1 / self.data)

    def tanh(self):
        t = np.tanh(self.data)
        return self._unary(t, 1 - t * t)

    def relu(self):
        return self._unary(np.where(self.data > 0, self.data, 0.0), self.data > 0)

    def sum(self, axis=None, keepdims=False):
        def back(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            self.grad = self.grad + np.broadcast_to(g, self.data.shape)

        return self._made(self.data.sum(axis=axis, keepdims=keepdims), (self,), back)

    def reshape(self, shape):
        def back(g):
            self.grad = self.grad + np.reshape(g, self.data.shape)

        return self._made(self.data.reshape(shape), (self,), back)

    def transpose(self):
        def back(g):
            self.grad = self.grad + g.T

        return self._made(self.data.T, (self,), back)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-self._wrap(other))

    def __truediv__(self, other):
        return self * self._wrap(other) ** -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._wrap(other) + (-self)

    def __rtruediv__(self, other):
        return self._wrap(other) * self**-1

    def _topo(self):
        topo, visited, stack = [], set(), [(self, 0)]
        while stack:
            v, expanded = stack.pop()
            if expanded:
                topo.append(v)
            elif v not in visited:
                visited.add(v)
                stack += [(v, 1)] + [(p, 0) for p in v._prev]
        return topo

    def backward(self, up=None):
        self.grad = np.ones_like(self.data) if up is None else np.asarray(up, float)
        for v in reversed(self._topo()):
            v._backward()

    def zero_grad(self):
        for v in self._topo():
            v.grad = np.zeros_like(v.data)

    @staticmethod
    @contextlib.contextmanager
    def no_grad():
        old = Closures.grad_enabled
        Closures.grad_enabled = False
        try:
            yield
        finally:
            Closures.grad_enabled = old


class Function:
    """An operation as a class with forward and backward, as PyTorch's are written."""

    def __init__(self, *inputs):
        self.inputs = inputs

    @classmethod
    def apply(cls, *inputs, **options):
        op = cls(*inputs)
        op.options = options
        out = Taped(op.forward(*(x.data for x in inputs), **options))
        if not Taped.quiet:
            Taped.tape.append((out, op))
            out.op = op
        return out


class Add(Function):
    def forward(self, a, b):
        return a + b

    def backward(self, up):
        a, b = self.inputs
        return _unbroadcast(up, a.data.shape), _unbroadcast(up, b.data.shape)


class Mul(Function):
    def forward(self, a, b):
        return a * b

    def backward(self, up):
        a, b = self.inputs
        return (
            _unbroadcast(up * b.data, a.data.shape),
            _unbroadcast(up * a.data, b.data.shape),
        )


class Pow(Function):
    def forward(self, a, k):
        return a**k

    def backward(self, up):
        (a,) = self.inputs
        k = self.options["k"]
        return (up * k * a.data ** (k - 1),)


class Exp(Function):
    def forward(self, a):
        self.result = np.exp(a)
        return self.result

    def backward(self, up):
        return (up * self.result,)


class Log(Function):
    def forward(self, a):
        return np.log(a)

    def backward(self, up):
        return (up / self.inputs[0].data,)


class Tanh(Function):
    def forward(self, a):
        self.result = np.tanh(a)
        return self.result

    def backward(self, up):
        return (up * (1 - self.result) * (1 + self.result),)


class Relu(Function):
    def forward(self, a):
        return np.clip(a, 0, None)

    def backward(self, up):
        return (np.where(self.inputs[0].data > 0, up, 0.0),)


class MatMul(Function):
    def forward(self, a, b):
        return np.einsum("ij,jk->ik", a, b)

    def backward(self, up):
        a, b = self.inputs
        return np.einsum("ik,jk->ij", up, b.data), np.einsum("ij,ik->jk", a.data, up)


class Sum(Function):
    def forward(self, a, axis, keepdims):
        return np.sum(a, axis=axis, keepdims=keepdims)

    def backward(self, up):
        (a,) = self.inputs
        axis = self.options["axis"]
        kept = [1 if axis is None or k == axis % a.data.ndim else n
                for k, n in enumerate(a.data.shape)]  # fmt: skip
        return (np.reshape(up, kept) * np.ones(a.data.shape),)


class Reshape(Function):
    def forward(self, a, shape):
        return np.reshape(a, shape)

    def backward(self, up):
        return (np.reshape(up, self.inputs[0].data.shape),)


class Transpose(Function):
    def forward(self, a):
        return np.swapaxes(a, 0, 1)

    def backward(self, up):
        return (np.swapaxes(up, 0, 1),)


class Taped:
    """Operations write themselves down on one tape; backward reads it from the end."""

    tape: ClassVar[list[tuple[object, object]]] = []
    quiet = False

    def __init__(self, data):
        self.data = np.array(data, dtype="float64")
        self.grad = None
        self.op = None

    def __add__(self, other):
        return Add.apply(self, _taped(other))

    def __mul__(self, other):
        return Mul.apply(self, _taped(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return Mul.apply(self, Taped(-1))

    def __sub__(self, other):
        return self + -_taped(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * _taped(other) ** -1

    def __rtruediv__(self, other):
        return self**-1 * other

    def __pow__(self, k):
        return Pow.apply(self, k=k)

    def exp(self):
        return Exp.apply(self)

    def log(self):
        return Log.apply(self)

    def tanh(self):
        return Tanh.apply(self)

    def relu(self):
        return Relu.apply(self)

    def __matmul__(self, other):
        return MatMul.apply(self, other)

    def sum(self, axis=None, keepdims=False):
        return Sum.apply(self, axis=axis, keepdims=keepdims)

    def reshape(self, shape):
        return Reshape.apply(self, shape=shape)

    def transpose(self):
        return Transpose.apply(self)

    def _made_from(self):
        wanted = {id(self)}
        for out, op in reversed(Taped.tape):
            if id(out) in wanted:
                yield out, op
                wanted.update(id(x) for x in op.inputs)

    def backward(self, up=None):
        self.grad = np.ones(self.data.shape) if up is None else 1.0 * up
        for out, op in self._made_from():
            for x, share in zip(op.inputs, op.backward(out.grad)):
                x.grad = share if x.grad is None else x.grad + share

    def zero_grad(self):
        self.grad = None
        for _, op in self._made_from():
            for x in op.inputs:
                x.grad = None

    class Quiet:
        def __enter__(self):
            self.old, Taped.quiet = Taped.quiet, True

        def __exit__(self, kind, error, trace):
            Taped.quiet = self.old
            return False

    no_grad = Quiet


def _taped(value):
    return value if isinstance(value, Taped) else Taped(value)


class Counting:
    """Waits until all users have reported; vector-Jacobian products in a list."""

    on: ClassVar = [True]

    def __init__(self, data):
        self.data = np.array(data, float)
        self.grad = 0.0
        self.made = []

    def _new(self, data, *made):
        out = Counting(data)
        if Counting.on[-1]:
            out.made = list(made)
        return out

    def _two(self, other, f, da, db):
        a = self
        b = other if hasattr(other, "made") else Counting(other)
        one = lambda up: _unbroadcast(up * da(a.data, b.data), a.data.shape)
        two = lambda up: _unbroadcast(up * db(a.data, b.data), b.data.shape)
        return self._new(f(a.data, b.data), (a, one), (b, two))

    def __add__(self, other):
        return self._two(other, np.add, lambda a, b: 1, lambda a, b: 1)

    def __sub__(self, other):
        return self._two(other, np.subtract, lambda a, b: 1, lambda a, b: -1)

    def __mul__(self, other):
        return self._two(other, np.multiply, lambda a, b: b, lambda a, b: a)

    def __truediv__(self, other):
        return self._two(other, np.divide, lambda a, b: 1 / b, lambda a, b: -a / b / b)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, number):
        return Counting(number) - self

    def __rtruediv__(self, number):
        return Counting(number) / self

    def __neg__(self):
        return 0 - self

    def _one(self, value, slope):
        return self._new(value, (self, lambda up: up * slope))

    def __pow__(self, k):
        return self._one(self.data**k, k * self.data ** (k - 1))

    def exp(self):
        return self._one(np.exp(self.data), np.exp(self.data))

    def log(self):
        return self._one(np.log(self.data), 1 / self.data)

    def tanh(self):
        return self._one(np.tanh(self.data), 1 / np.cosh(self.data) ** 2)

    def relu(self):
        return self._one((abs(self.data) + self.data) / 2, np.heaviside(self.data, 0))

    def __matmul__(self, other):
        a, b = self.data, other.data
        return self._new(a @ b, (self, lambda up: up @ b.T), (other, lambda up: a.T @ up))

    def sum(self, axis=None, keepdims=False):
        def back(up):
            if axis is not None and not keepdims:
                up = np.expand_dims(up, axis)
            return up + np.zeros_like(self.data)

        return self._new(np.sum(self.data, axis, keepdims=keepdims), (self, back))

    def reshape(self, shape):
        return self._new(
            np.reshape(self.data, shape), (self, lambda up: up.reshape(self.data.shape))
        )

    def transpose(self):
        return self._new(self.data.transpose(), (self, np.transpose))

    def _reached(self):
        found, open_nodes = {id(self): self}, [self]
        while open_nodes:
            for parent, _ in open_nodes.pop().made:
                if id(parent) not in found:
                    found[id(parent)] = parent
                    open_nodes.append(parent)
        return found.values()

    def backward(self, up=None):
        self.grad = np.ones(self.data.shape) if up is None else np.array(up)
        users = {}
        for node in self._reached():
            for parent, _ in node.made:
                users[id(parent)] = users.get(id(parent), 0) + 1
        ready = [self]
        while ready:
            node = ready.pop()
            for parent, back in node.made:
                parent.grad = parent.grad + back(node.grad)
                users[id(parent)] -= 1
                if users[id(parent)] == 0:
                    ready.append(parent)

    def zero_grad(self):
        for node in self._reached():
            node.grad = 0.0

    @staticmethod
    @contextlib.contextmanager
    def no_grad():
        Counting.on.append(False)
        try:
            yield
        finally:
            Counting.on.pop()


RIGHT_WAYS = [Closures, Taped, Counting]
