"""Right answers to a08 in other styles than the solution's."""

import math
from collections import deque, namedtuple

import numpy as np

# --- G09.1 mul_backward(a, b, up) ------------------------------------------------------


def mul_as_list(a, b, up):
    return [b * up, a * up]


def mul_over_the_result(a, b, up):
    f = np.multiply(a, b)
    return up * f / a, up * f / b  # no input is 0


def mul_through_a_matrix(a, b, up):
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    both = np.tensordot(swap, np.stack([np.asarray(a), np.asarray(b)]), axes=1)
    return tuple(np.asarray(up) * both)  # views; 0-d arrays for numbers


def mul_in_place_on_copies(a, b, up):
    da, db = np.array(b, order="F"), np.array(a, order="F")
    da *= up
    db *= up
    return da, db


# --- G09.2 max_backward(a, b, up) ------------------------------------------------------


def max_with_branches(a, b, up):
    if a > b:
        return up, 0
    if b > a:
        return 0, up
    return up / 2, up / 2


def max_with_winners(a, b, up):
    pair = np.array([a, b])
    wins = pair == pair.max()
    return list(up * wins / wins.sum())


def max_with_heaviside(a, b, up):
    share = np.heaviside(np.float64(a) - b, 0.5)
    return up * share, up - up * share


def max_with_bools(a, b, up):
    return up * ((a > b) + (a >= b)) / 2, up * ((b > a) + (b >= a)) / 2


# --- G09.3 example_grads(x, y, z) ------------------------------------------------------


def example_with_tape(x, y, z):
    grads = dict.fromkeys("xyz", 0.0)
    a, b = x + y, max(y, z)
    for name in "xy":
        grads[name] += b
    winners = [name for name, value in (("y", y), ("z", z)) if value == b]
    for name in winners:
        grads[name] += a / len(winners)
    return tuple(grads.values())


def example_with_cases(x, y, z):
    if y > z:
        return y, x + 2 * y, 0
    if z > y:
        return z, z, x + y
    return y, y + (x + y) / 2, (x + y) / 2


def example_with_jacobian(x, y, z):
    s = float(np.heaviside(y - z, 0.5))
    local = np.array([[1, 1, 0], [0, s, 1 - s]])
    return np.array([max(y, z), x + y]) @ local


# --- G09.4 topo_sort(output) -----------------------------------------------------------


def topo_two_colours(output):
    order, done, stack = [], set(), [(output, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in done:
            done.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


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


def topo_by_generator(output):
    seen = set()

    def walk():
        stack = [(output, list(output.parents))]
        seen.add(id(output))
        while stack:
            left = stack[-1][1]
            if left:
                parent = left.pop()
                if id(parent) not in seen:
                    seen.add(id(parent))
                    stack.append((parent, list(parent.parents)))
            else:
                yield stack.pop()[0]

    return walk()


def topo_moving_to_the_front(output):
    order, stack = {}, [output]
    while stack:  # whoever is met again moves behind; each user pushes once per round
        node = stack.pop()
        if node in order:
            continue
        if all(p in order for p in node.parents):
            order[node] = None
        else:
            stack.append(node)
            stack.extend(p for p in node.parents if p not in order)
    return list(order)


# --- X09.2 Value -----------------------------------------------------------------------


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


# --- G09.5 numeric_grad(f, x, h) -------------------------------------------------------


def numeric_with_steps(f, x, h=1e-4):
    x = np.asarray(x, dtype=np.float64)
    gradient = np.empty_like(x, order="F")
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / 2 / h
    return gradient


def numeric_flat(f, x, h=1e-4):
    flat = np.array(x, float).ravel()
    found = []
    for i in range(flat.size):
        up, down = flat.copy(), flat.copy()
        up[i], down[i] = up[i] + h, down[i] - h
        found.append((f(up.reshape(np.shape(x))) - f(down.reshape(np.shape(x)))) / (2 * h))
    return np.array(found).reshape(np.shape(x))


def numeric_with_nditer(f, x, h=1e-4):
    x = x.astype(float)
    gradient = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    for entry in it:
        old = float(entry)
        entry[...] = old + h
        plus = f(x)
        entry[...] = old - h
        minus = f(x)
        entry[...] = old
        gradient[it.multi_index] = 0.5 * (plus - minus) / h
    return gradient


# --- G09.6 quadratic_grads(A, b, c, x, y_star) -----------------------------------------


def quadratic_with_einsum(A, b, c, x, y_star):
    e = 2 * (np.einsum("i,ij,j", x, A, x) + b.dot(x) + c - y_star)
    both = np.einsum("ij,j->i", A + A.T, x)
    return [np.einsum(",i,j->ij", e, x, x), np.multiply(e, x), e, e * both + e * b]


def quadratic_with_columns(A, b, c, x, y_star):
    column = x.reshape(-1, 1)
    y = (column.T @ A @ column).item() + (b[None] @ column).item() + c
    e = np.array(2 * (y - y_star))  # 0-d
    dx = e * (A @ column + A.T @ column + b[:, None])
    return (e * column @ column.T).T, e * column[:, 0], e, dx[:, 0]


def quadratic_backwards(A, b, c, x, y_star):
    M = x @ A
    r = (M * x).sum() + (b * x).sum() + c - y_star
    dq = dl = dc = 2 * r
    dM, db, dx = dq * x, dl * x, dq * M + dl * b
    dA = x[:, None] * dM[None, :]
    dx = dx + A @ dM
    return dA, db, dc, dx


Pair = namedtuple("Pair", "da db")
Four = namedtuple("Four", "dA db dc dx")


def mul_as_named_tuple(a, b, up):
    return Pair(da=up * b, db=up * a)


def mul_as_stack(a, b, up):
    return np.stack([b, a]) * up


def quadratic_as_named_tuple(A, b, c, x, y_star):
    e = 2 * (x @ A @ x + b @ x + c - y_star)
    return Four(e * np.outer(x, x), e * x, e, e * (A @ x + x @ A + b))


STYLES = {
    "G09.1": [
        mul_as_list,
        mul_over_the_result,
        mul_through_a_matrix,
        mul_in_place_on_copies,
        mul_as_named_tuple,
        mul_as_stack,
    ],
    "G09.2": [max_with_branches, max_with_winners, max_with_heaviside, max_with_bools],
    "G09.3": [example_with_tape, example_with_cases, example_with_jacobian],
    "G09.4": [
        topo_two_colours,
        topo_by_counting,
        topo_by_layers,
        topo_by_generator,
        topo_moving_to_the_front,
    ],
    "X09.2": [Closures, Tagged, Taped, Patient],
    "G09.5": [numeric_with_steps, numeric_flat, numeric_with_nditer],
    "G09.6": [
        quadratic_as_named_tuple,
        quadratic_with_einsum,
        quadratic_with_columns,
        quadratic_backwards,
    ],
}
