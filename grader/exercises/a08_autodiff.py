"""Assignment a08: an automatic differentiator (syllabus D-09, G09.1-G09.6, B5, B6).

Conventions: downstream = upstream times local; gradients add at branches; a tie of max
shares one half each, and the slope of ReLU at 0 is 0 (both as PyTorch). References
differentiate by the complex step, f'(x) = Im f(x + ih) / h, which needs no rule and loses
no digits; only where a function has kinks the slopes are written down.
"""

from __future__ import annotations

import cmath
import contextlib
import heapq
import itertools
import math
import operator
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.check.compare import compare
from grader.exercises._hand import by_hand
from grader.model import Case, Evidence, Exercise, Mistake, Returned
from grader.wire import Opaque

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
STACK_DRIVER = """
def drive(f, a, *rest):
    found = f(a, *rest)
    is_stack = getattr(found, "ndim", 0) == getattr(a, "ndim", 0) + 1
    return tuple(found) if is_stack or isinstance(found, tuple) else found
"""
TUPLE_DRIVER = """
def drive(f, *args):
    found = f(*args)
    return tuple(found) if isinstance(found, tuple) else found
"""

# --- X09.1 -------------------------------------------------------------------------


def _slide() -> dict[str, float]:
    """B5: f = (x + y) max(y, z) at (1, 2, 0), and at the tie (1, 2, 2)."""
    x, y, z = 1.0, 2.0, 0.0
    a, b = x + y, max(y, z)
    right = {"a": a, "b": b, "f": a * b, "df_da": b, "df_db": a}
    right |= {"df_dx": b, "df_dy": b + a, "df_dz": 0.0}
    return right | {"tie_df_dy": b + a / 2, "tie_df_dz": a / 2}


X09_1 = by_hand(
    "X09.1",
    "slide",
    _slide(),
    {
        "M09.1a": (
            {"df_da": 3.0, "df_db": 2.0},
            "The product hands each branch the value of the branch itself. It has to be "
            "that of the other one.",
        ),
        "M09.3a": (
            {"df_dy": 3.0},
            "Only one of the two roads from y to f has been counted.",
        ),
        "M09.3b": (
            {"df_dy": 2.0},
            "Only one of the two roads from y to f has been counted.",
        ),
        "M09.3d": (
            {"df_dy": 6.0},
            "The two roads from y were multiplied with each other. Multiply along a road, "
            "and think again about what happens where roads meet.",
        ),
        "M09.3e": (
            {"df_dz": 3.0},
            "Move z a little and see what the maximum does.",
        ),
        "M09.2a": (
            {"tie_df_dy": 2.0, "tie_df_dz": 0.0},
            "At the tie the maximum passes nothing on. Yet it does move when y and z move "
            "together.",
        ),
        "M09.2b": (
            {"tie_df_dy": 5.0, "tie_df_dz": 3.0},
            "At the tie the whole gradient went to both sides, which counts it twice.",
        ),
        "tie": (
            {"tie_df_dy": 5.0, "tie_df_dz": 0.0},
            "At the tie one side took everything. The course divides it evenly.",
        ),
        "tie z": (
            {"tie_df_dy": 2.0, "tie_df_dz": 3.0},
            "At the tie one side took everything. The course divides it evenly.",
        ),
    },
    lecture=f"{LECTURE}#The-example-by-hand",
)

# --- G09.1 -------------------------------------------------------------------------


def mul_inputs(rng: Rng) -> list[Case]:
    """Numbers and arrays; no two of a, b, up are alike."""
    numbers = [tuple(map(float, away_from_zero(rng, 3))) for _ in range(3)]
    return [
        Case(
            name="visible",
            args=(np.array([3.0, -1.0]), np.array([2.0, 0.5]), np.array([1.5, 4.0])),
            role="visible",
        ),
        Case(name="of the syllabus", args=(3.0, 2.0, 1.5)),
        *(Case(name=f"numbers {i}", args=args) for i, args in enumerate(numbers)),
        *(
            Case(name=f"shape {s}", args=tuple(away_from_zero(rng, *s) for _ in range(3)))
            for s in ((4,), (2, 3), (3, 3))
        ),
    ]


def mul_backward(a: Any, b: Any, up: Any) -> tuple[Any, Any]:
    """T09.10 by complex steps."""
    return (
        np.imag((a + 1j * TINY) * b) / TINY * up,
        np.imag(a * (b + 1j * TINY)) / TINY * up,
    )


G09_1 = Exercise(
    id="G09.1",
    function="mul_backward",
    points=2,
    reference=mul_backward,
    inputs=mul_inputs,
    outputs=("da", "db"),
    pack="tuple",
    driver=STACK_DRIVER,
    lecture=f"{LECTURE}#Distribute,-route,-switch",
    mistakes=(
        Mistake(
            code="M09.1a",
            variant=lambda a, b, up: (up * a, up * b),
            message="A side got its own value. How fast ab grows with a is up to b, so "
            "the product switches the two.",
        ),
        Mistake(
            code="M09.1b",
            variant=lambda a, b, up: (b, a),
            message="A local gradient alone is not enough. What arrives from above, up, "
            "has to be multiplied in.",
        ),
        Mistake(
            code="M09.1c",
            variant=lambda a, b, up: (up * a * b, up * a * b),
            message="You multiplied by the product itself. Its slope along one factor is "
            "the other factor, nothing more.",
        ),
        Mistake(
            code="M09.1d",
            variant=lambda a, b, up: (up, up),
            message="Both sides got up as it is. That is how a sum behaves.",
        ),
        Mistake(
            code="M09.1e",
            variant=lambda a, b, up: (up + b, up + a),
            message="Upstream and local gradient were added. Along an edge they multiply.",
        ),
    ),
)

# --- G09.2 -------------------------------------------------------------------------


def max_inputs(rng: Rng) -> list[Case]:
    """Either side wins, with either sign; ties at the edge."""
    low, high, up = (float(v) for v in away_from_zero(rng, 3))
    low, high = sorted((low, high + 0.25))
    tie = "at a tie each side gets up / 2"
    pairs = [(high, low), (low, high), (-low, -high), (-high, -low)]
    return [
        Case(name="visible", args=(-3.0, -1.0, 3.0), role="visible"),
        Case(name="of the syllabus", args=(2.0, 0.0, 3.0)),
        *(Case(name=f"{p}", args=(*p, (i + 1) * up)) for i, p in enumerate(pairs)),
        Case(name="tie", args=(1.0, 1.0, 3.0), role="edge", requirement=tie),
        Case(name="zeros", args=(0.0, 0.0, up), role="edge", requirement=tie),
    ]


def max_backward(a: float, b: float, up: float) -> tuple[float, float]:
    """T09.10, E18: max(a, b) = (a + b + |a - b|) / 2, with |.|' = sign."""
    half = 0.5 * float(np.sign(a - b))
    return up * (0.5 + half), up * (0.5 - half)


def _at_tie(first: float, second: float) -> Callable[..., tuple[float, float]]:
    """Return the rule with other shares at a tie."""

    def rule(a: float, b: float, up: float) -> tuple[float, float]:
        return (up * first, up * second) if a == b else max_backward(a, b, up)

    return rule


BY_VALUE = "The winner's slope is 1, whatever its value: do not multiply by it."
ONE_SIDE = (
    "At a tie one side takes everything. Some functions of PyTorch do so, but its maximum "
    "and this course give each side one half."
)
G09_2 = Exercise(
    id="G09.2",
    function="max_backward",
    points=2,
    reference=max_backward,
    inputs=max_inputs,
    outputs=("da", "db"),
    pack="tuple",
    driver=NUMBERS_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#Distribute,-route,-switch",
    mistakes=(
        Mistake(
            code="M09.2a",
            variant=_at_tie(0, 0),
            message="At a tie nobody gets anything, and the gradient is lost. The two "
            "shares have to add up to up.",
        ),
        Mistake(
            code="M09.2b",
            variant=_at_tie(1, 1),
            message="At a tie both sides get all of it, which counts the gradient twice.",
        ),
        Mistake(
            code="M09.2c",
            variant=lambda a, b, up: max_backward(-a, -b, up),
            message="The smaller number got the gradient. The larger one made the result, "
            "so the gradient is its own.",
        ),
        Mistake(
            code="M09.2d",
            variant=lambda a, b, up: (up, up),
            message="Both sides got up, as at a sum. A maximum sends it one way only.",
        ),
        Mistake(
            code="M09.2e",
            variant=lambda a, b, up: (up * a, up * b),
            message=BY_VALUE,
        ),
        Mistake(
            code="M09.2e",
            variant=lambda a, b, up: (up * a * (a > b), up * b * (b > a)),
            message=BY_VALUE,
        ),
        *(
            Mistake(code="tie", variant=_at_tie(*shares), message=ONE_SIDE)
            for shares in ((1, 0), (0, 1))
        ),
    ),
)

# --- G09.3 -------------------------------------------------------------------------


def example_inputs(rng: Rng) -> list[Case]:
    """Either y or z decides, at random points; y = z at the edge."""
    base, gap = rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 4)
    xs = away_from_zero(rng, 4)
    points = [
        (float(x), float(y), float(y + sign * g))
        for x, y, g, sign in zip(xs, base, gap, (-1, 1, -1, 1), strict=True)
    ]
    tie = "for y = z the maximum gives each of them one half"
    t = float(base[0])
    return [
        Case(name="visible", args=(1.0, 2.0, 0.0), role="visible"),
        Case(name="z decides", args=(1.0, 0.0, 2.0)),
        Case(name="negative x", args=(-1.0, 3.0, 5.0)),
        *(Case(name=f"{p}", args=p) for p in points),
        Case(name="tie", args=(float(xs[0]), t, t), role="edge", requirement=tie),
    ]


def _paths(x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Return a, b and the shares of y and z in the maximum."""
    share = 0.5 + 0.5 * float(np.sign(y - z))
    return x + y, max(y, z), share, 1 - share


def example_grads(x: float, y: float, z: float) -> tuple[float, float, float]:
    """T09.8, multiplied out: f is (x + y) y where y decides, (x + y) z where z does."""
    _, _, s, t = _paths(x, y, z)
    return s * y + t * z, s * (x + 2 * y) + t * z, t * (x + y)


def _example(
    rule: Callable[[float, float, float, float], tuple[float, float, float]],
) -> Callable[..., tuple[float, float, float]]:
    return lambda x, y, z: rule(*_paths(x, y, z))


def _example_at_tie(s: float, t: float) -> Callable[..., tuple[float, float, float]]:
    """Return the right gradients, with other shares for y = z."""

    def grads(x: float, y: float, z: float) -> tuple[float, float, float]:
        a = x + y
        return (y, y + s * a, t * a) if y == z else example_grads(x, y, z)

    return grads


OVERWRITTEN = (
    "What reached y last has replaced what was there. y feeds two nodes, and what the two "
    "send back adds up."
)
G09_3 = Exercise(
    id="G09.3",
    function="example_grads",
    points=2,
    reference=example_grads,
    inputs=example_inputs,
    outputs=("dx", "dy", "dz"),
    pack="tuple",
    driver=NUMBERS_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#The-example-by-hand",
    mistakes=(
        Mistake(
            code="M09.3a",
            variant=_example(lambda a, b, s, t: (b, a * s, a * t)),
            message=OVERWRITTEN,
        ),
        Mistake(
            code="M09.3a",
            variant=_example(lambda a, b, s, t: (b, a * s or b, a * t)),
            message=OVERWRITTEN,
        ),
        Mistake(
            code="M09.3b",
            variant=_example(lambda a, b, s, t: (b, b, a * t)),
            message="df/dy holds what comes through the sum alone. y may decide the "
            "maximum as well: that road is missing, or has been overwritten.",
        ),
        Mistake(
            code="M09.3c",
            variant=_example(lambda a, b, s, t: (a, a + b * s, b * t)),
            message="The product is not switched: a = x + y should receive the value of b, "
            "and b that of a.",
        ),
        Mistake(
            code="M09.3d",
            variant=_example(lambda a, b, s, t: (b, a * b if s else b, a * t)),
            message="Two roads lead from y to f, and you multiplied them with each other. "
            "Multiply along a road; where roads meet, add.",
        ),
        Mistake(
            code="M09.3d",
            variant=_example(lambda a, b, s, t: (b, a * b * s, a * t)),
            message="Two roads lead from y to f, and you multiplied them with each other. "
            "Multiply along a road; where roads meet, add.",
        ),
        Mistake(
            code="M09.3e",
            variant=_example(lambda a, b, s, t: (b, b + a * s, a)),
            message="z gets a gradient although it does not decide the maximum: moving it "
            "a little changes nothing then.",
        ),
        *(
            Mistake(
                code=code,
                variant=_example_at_tie(*shares),
                message=message,
            )
            for code, shares, message in (
                ("M09.2a", (0, 0), "For y = z nothing comes through the maximum."),
                ("M09.2b", (1, 1), "For y = z the maximum sends its gradient twice."),
                ("tie", (1, 0), ONE_SIDE),
                ("tie", (0, 1), ONE_SIDE),
            )
        ),
    ),
)

# --- G09.4 -------------------------------------------------------------------------

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
TOPO_DRIVER = (
    AT_REST
    + """
def drive(f, graph, output, calls):
    return at_rest(lambda: look(f, graph, output, calls))


def look(f, graph, output, calls):
    from itertools import islice

    import numpy as np

    class Node:
        def __init__(self, parents):
            self.parents = parents

    nodes = []
    for row in zip(*[column.tolist() for column in graph.T]):
        nodes.append(Node([nodes[i] for i in row if i >= 0]))
    for _ in range(calls):
        order = f(nodes[output])
    if order is None:
        return None
    number = {id(node): i for i, node in enumerate(nodes)}
    count, first = np.zeros(len(nodes), int), np.full(len(nodes), len(nodes))
    for place, node in enumerate(islice(order, 100_000)):
        if id(node) not in number:
            raise ValueError("the result holds something that is no node of this graph")
        count[number[id(node)]] += 1
        first[number[id(node)]] = min(place, first[number[id(node)]])
    users, where = np.nonzero(graph >= 0)
    inputs = graph[users, where]
    return {"nodes": count, "order": (first[inputs] < first[users]).astype(int)}
"""
)

# Node k stands in row k with the numbers of its inputs, -1 for none. In the first three,
# each interior node uses the one before it, so their order is the only right one.
GRAPHS = {
    "diamond": [(), (0,), (0,), (1, 2)],
    "unequal roads": [(), (), (0, 1), (2, 0), (2, 3), (4, 3), (3, 5), (6, 4)],
    "unequal roads, turned": [(), (), (1, 0), (0, 2), (3, 2), (3, 4), (5, 3), (4, 6)],
    "bystanders": [(), (), (), (0, 1), (1, 2), (3, 3), (4, 2), (5, 3, 0), (7,)],
}


def _table(rows: Sequence[Sequence[int]]) -> Array:
    width = max(2, *map(len, rows))
    return np.array([(*row, *(-1,) * (width - len(row))) for row in rows])


def topo_inputs(rng: Rng) -> list[Case]:
    """Fixed graphs, random graphs; a lonely node, a second call and 10,000 nodes."""

    def chance(leaves: int, size: int) -> Array:
        rows: list[Any] = [()] * leaves
        for k in range(leaves, leaves + size):
            early = int(rng.integers(0, k - 1))
            rows.append((k - 1, early) if rng.random() < 0.5 else (early, k - 1))
        return _table(rows)

    def case(name: str, graph: Array, calls: int = 1, **more: Any) -> Case:
        return Case(name=name, args=(graph, len(graph) - 1, calls), **more)

    long = np.full((10_000, 2), -1)
    long[1:, 0] = np.arange(9_999)
    long[2:, 1] = rng.integers(0, 2, 9_998)
    deep = "a graph of 10,000 nodes needs no recursion limit"
    again = "the graph stays as it is: a second call finds the same nodes"
    alone = "a node without parents is an order of one"
    return [
        *(case(name, _table(rows)) for name, rows in GRAPHS.items()),
        *(case(f"random {n}", chance(3, n)) for n in (6, 9)),
        Case(name="inside", args=(chance(3, 9), 8, 1)),
        case("alone", _table([()]), role="edge", requirement=alone),
        case("again", chance(2, 7), 2, role="edge", requirement=again),
        case("10,000 nodes", long, role="edge", requirement=deep),
    ]


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


def _marked(output: Any) -> list[Any]:
    """Right, but it leaves its marks on the nodes."""
    order = topo_sort(output)
    fresh = [node for node in order if not hasattr(node, "marked")]
    for node in order:
        node.marked = True
    return fresh


PRE_ORDER = (
    "A node is listed before its inputs were visited (pre-order). List it after them: it "
    "is the last thing that a visit does."
)
TURNED_PRE_ORDER = (
    "This is a pre-order, reversed. The output stands at the right end, but a node with "
    "two users can come too late for one of them."
)
LEVELS = (
    "Level by level from the output is no topological order: a short road reaches a node "
    "before a longer one has."
)
G09_4 = Exercise(
    id="G09.4",
    function="topo_sort",
    points=4,
    reference=topo_sort,
    inputs=topo_inputs,
    outputs=("nodes", "order"),
    pack="dict",
    driver=TOPO_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#Why-the-order-matters",
    mistakes=(
        *(
            Mistake(
                code="M09.4a",
                variant=order,
                message=message,
            )
            for way in (partial(depth_first, post=False, right=r) for r in (False, True))
            for order, message in ((way, PRE_ORDER), (turned(way), TURNED_PRE_ORDER))
        ),
        Mistake(
            code="M09.4b",
            variant=lambda output: topo_sort(output)[::-1],
            message="The order is complete, but turned round: users stand before their "
            "inputs. That is the way backward goes; here the inputs come first.",
        ),
        Mistake(
            code="M09.4c",
            variant=lambda output: depth_first(output, post=True, seen=False),
            message="Nodes with several users are listed several times. Remember which "
            "nodes you have seen.",
        ),
        *(
            Mistake(
                code="M09.4d",
                variant=order,
                message=LEVELS,
            )
            for way in LEVEL_ORDERS
            for order in (way, turned(way))
        ),
        Mistake(
            code="recursion",
            variant=lambda output: depth_first(output, post=True),
            message="Right, but Python stops a recursion after about 1000 calls. Keep a "
            "list of open nodes as a stack of your own, and loop.",
        ),
        Mistake(
            code="marks",
            variant=_marked,
            message="A second call on the same graph fails: the first one left something "
            "behind. Keep the visited nodes in a set that belongs to the call.",
        ),
        Mistake(
            code="leaves",
            variant=lambda output: [n for n in topo_sort(output) if n.parents],
            message="The nodes without parents are missing. They belong to the graph, too.",
        ),
        Mistake(
            code="output",
            variant=lambda output: topo_sort(output)[:-1],
            message="The output itself is missing. It comes last.",
        ),
    ),
)

# --- X09.2 -------------------------------------------------------------------------

# A program is a line of text, so that many of them travel fast: leaves | steps | rounds |
# results. A step such as "* 0 2.5" names an operation and its operands: the place of a
# node or, with a point, a plain number. A part that raises fails for itself.
VALUE_DRIVER = (
    AT_REST
    + """
def drive(Value, names, parts):
    return at_rest(lambda: look_at_all(Value, names, parts))


def look_at_all(Value, names, parts):
    import operator

    import numpy as np

    do = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
        "neg": operator.neg,
        "exp": lambda a: a.exp(),
        "tanh": lambda a: a.tanh(),
        "relu": lambda a: a.relu(),
        "max": lambda a, b: a.max(b),
    }

    def number(text):
        return int(float(text)) if float(text).is_integer() else float(text)

    def build(leaves, steps):
        nodes = [Value(leaf) for leaf in leaves]
        for op, *which in steps:
            operands = [number(k) if "." in k else nodes[int(k)] for k in which]
            nodes.append(do[op](*operands))
        return nodes

    def rows(nodes):
        return [[float(node.data), float(node.grad)] for node in nodes]

    def family(nodes):
        place = {id(node): i for i, node in enumerate(nodes)}
        found = [sorted(place.get(id(p), -1) for p in node.parents) for node in nodes]
        return [(len(some), *some[:2], -2, -2)[:3] for some in found]

    def look(name, program):
        leaves, steps, rounds, results = program.split("|")
        leaves = [float(leaf) for leaf in leaves.split()]
        nodes = build(leaves, [s.split() for s in steps.split(";")] * int(rounds))
        if name == "parents":
            return family(nodes)
        for k in results.split():
            nodes[int(k)].backward()
        few = nodes if len(nodes) < 100 else [*nodes[: len(leaves)], nodes[-1]]
        if name == "accumulate":
            return rows(nodes[: len(leaves)])
        if name != "zero_grad":
            return rows(few)
        nodes[-1].zero_grad()
        zeros = rows(few)
        nodes[-1].backward()
        return zeros + rows(few)

    found, errors = {}, []
    for name in names.split():
        programs = parts.get(name, "").splitlines()
        try:
            found[name] = np.array([row for p in programs for row in look(name, p)])
        except Exception as error:
            found[name] = error
            errors.append(error)
    if errors and len(errors) == len(parts):
        raise errors[0]
    return found
"""
)
PARTS = (
    *("plus_times", "minus_divide", "numbers", "power", "exp", "tanh", "relu", "max"),
    *("parents", "branches", "roads", "accumulate", "zero_grad"),
)
Step = tuple[Any, ...]
"""An operation and its operands: ints are places of nodes, floats are plain numbers."""


def program(
    leaves: Iterable[float], *steps: Step, rounds: int = 1, results: str = "-1"
) -> str:
    """Return a program as the driver takes it."""
    inputs = " ".join(str(float(leaf)) for leaf in leaves)
    text = ";".join(" ".join(map(str, step)) for step in steps)
    return f"{inputs}|{text}|{rounds}|{results}"


def parts(**programs: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the arguments of a case."""
    return " ".join(PARTS), {name: "\n".join(lines) for name, lines in programs.items()}


def tame(
    rng: Rng, count: int, *steps: Step, positive: bool = False, results: str = "-1"
) -> str:
    """Return a program with leaves for which no value is near 0 or large."""
    for _ in range(1000):
        leaves = away_from_zero(rng, count)
        nodes: list[float] = [*(np.abs(leaves) if positive else leaves)]
        for op, *which in steps:
            operands = [nodes[k] if isinstance(k, int) else k for k in which]
            nodes.append(FORWARD[op](*operands))
        sizes = np.abs(nodes)
        if sizes.min() > 0.2 and sizes.max() < 20:
            return program(nodes[:count], *steps, results=results)
    raise ValueError(f"no tame leaves for {steps}")


FORWARD: dict[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}


def value_inputs(rng: Rng) -> list[Case]:
    """A part for every group of operations, on trees; then graphs with branches."""

    def constant() -> float:
        return float(np.round(rng.uniform(1.1, 2.9), 3))

    def one_leaf_left() -> list[str]:
        c = [constant() for _ in range(9)]
        return [
            tame(rng, 1, ("-", c[0], 0), ("/", c[1], 1), ("+", 2, 2.0)),
            tame(rng, 1, ("/", 0, c[2]), ("*", c[3], 1), ("-", 2, 3.0), ("+", c[4], 3)),
            tame(rng, 1, ("/", 3.0, 0), ("*", 1, c[5]), ("-", 5.0, 2), ("+", 3, c[6])),
            tame(rng, 1, ("+", 2.0, 0), ("*", 1, c[7]), ("/", 2, c[8]), ("-", 3, 0.5)),
        ]

    def crooked(leaves: int, size: int) -> str:
        while True:
            steps: list[Step] = [("*", 0, 1)]
            for k in range(leaves + 1, leaves + size):
                pair = rng.permutation([k - 1, int(rng.integers(0, k - 1))]).tolist()
                steps.append((str(rng.choice(["+", "*"])), *pair))
            with contextlib.suppress(ValueError):
                return tame(rng, leaves, *steps)

    same = float(rng.uniform(0.7, 1.4))
    high = float(rng.uniform(3, 4))
    a, b, c, d = (float(v) for v in rng.uniform(0.5, 2, 4))
    generic: dict[str, list[str]] = {
        "plus_times": [
            tame(rng, 5, ("*", 0, 1), ("+", 5, 2), ("*", 3, 6)),
            tame(rng, 4, ("+", 0, 1), ("*", 2, 3), ("*", 4, 5)),
        ],
        "minus_divide": [
            tame(rng, 4, ("-", 0, 1), ("/", 4, 2), ("neg", 5), ("/", 3, 6)),
            tame(rng, 4, ("/", 0, 1), ("-", 2, 4), ("/", 5, 3), ("neg", 6)),
        ],
        "numbers": one_leaf_left(),
        "power": [
            tame(rng, 1, ("**", 0, 2.5), ("**", 1, -1.5), positive=True),
            tame(rng, 1, ("**", 0, 3.0), ("**", 1, 2.0)),
            tame(rng, 1, ("**", 0, -1.0), ("**", 1, 3.0)),
        ],
        "exp": [
            program([float(rng.uniform(*ends))], ("exp", 0), ("exp", 1))
            for ends in ((0.2, 0.7), (-1.5, -0.3))
        ],
        "tanh": [
            program([float(rng.uniform(*ends))], ("tanh", 0), ("tanh", 1))
            for ends in ((0.3, 1.2), (-1.2, -0.3))
        ],
        "relu": [
            program([a, b, -c], ("relu", 0), ("relu", 3), ("*", 4, 1), ("*", 5, 2)),
            program([-a, b], ("relu", 0), ("*", 2, 1)),
            program([a / 2.5, -b], ("relu", 0), ("*", 2, 1)),
            program([1 + d, -b], ("relu", 0), ("*", 2, 1)),
        ],
        "max": [
            program([a, a + b, -c], ("max", 0, 1), ("*", 3, 2)),
            program([a + b, a, d], ("max", 0, 1), ("*", 3, 2)),
            program([-a - b, -a, d], ("max", 0, 1), ("*", 2, 3)),
            program([a, d], ("max", 0, 0.25), ("*", 2, 1), ("max", 3, -1.0)),
            program([-a, d], ("max", 0, high), ("*", 2, 1)),
        ],
        "parents": [tame(rng, 4, ("*", 2, 0), ("+", 1, 4), ("*", 5, 4), ("+", 3, 6))],
        "branches": [
            tame(rng, 2, ("*", 0, 0), ("+", 2, 1), ("*", 1, 3)),
            tame(rng, 3, ("+", 0, 1), ("*", 3, 0), ("+", 2, 4), ("*", 5, 1)),
            program([same, same], ("*", 0, 1), ("+", 1, 2), ("*", 3, 0), ("+", 4, 1)),
        ],
        "roads": [
            tame(
                rng, 2, *zip("*+*+", (0, 2, 2, 3), (1, 0, 3, 4), strict=True), ("*", 5, 4)
            ),
            tame(
                rng, 2, *zip("+*+*", (1, 0, 3, 4), (0, 2, 2, 3), strict=True), ("+", 4, 5)
            ),
            crooked(2, 7),
            crooked(3, 8),
            tame(rng, 2, ("*", 0, 1), ("+", 2, 2), ("*", 3, 3), ("+", 4, 2)),
        ],
        "accumulate": [
            tame(
                rng,
                3,
                *(("*", 0, 1), ("*", 3, 2), ("+", 0, 1), ("*", 0, 5)),
                results="4 6",
            )
        ],
        "zero_grad": [tame(rng, 4, ("*", 0, 1), ("+", 2, 4), ("*", 5, 3))],
    }
    thin = [rng.uniform(0.4, 0.6), rng.uniform(0.9, 0.95)]

    def edge(name: str, requirement: str, **some: list[str]) -> Case:
        return Case(name=name, args=parts(**some), role="edge", requirement=requirement)

    return [
        Case(name="all parts", args=parts(**generic)),
        edge(
            "relu at 0",
            "the slope of relu at 0 is 0",
            relu=[program([0.0, d], ("relu", 0), ("*", 2, 1))],
        ),
        edge(
            "tie",
            "at a tie of max each side gets one half",
            max=[
                program([a, a, d], ("max", 0, 1), ("*", 3, 2)),
                program([2.0, d], ("max", 0, 2.0), ("*", 2, 1)),
            ],
        ),
        edge(
            "10,000 nodes",
            "graphs of 10,000 nodes work, however deep",
            zero_grad=[program(thin, ("*", -1, 1), ("+", -1, 0), rounds=5000)],
        ),
    ]


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


# Wrong classes. A rule gives the value and the local gradients from the operands' values;
# "-" is a - b, "r-" is a number minus a.
Rule = Callable[..., tuple[float, tuple[float, ...]]]


def _tie_rule(first: float, second: float) -> Rule:
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
    "max": _tie_rule(0.5, 0.5),
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

    def method(op: str) -> Callable[..., Any]:
        def made(self: Any, *others: Any) -> Any:
            if op == "**":
                value, slopes = table[op](self.data, others[0])
                return Flawed(value, [self], slopes)
            operands = [self, *(o if hasattr(o, "grad") else Flawed(o) for o in others)]
            value, slopes = table[op](*[o.data for o in operands])
            return Flawed(value, operands if slopes else (), slopes)

        return made

    for name, op in NAMES.items():
        setattr(Flawed, name, method(op))
    return Flawed


def _rule(op: str, rule: Rule, *, deep: bool = False) -> type:
    return engine(rules={op: rule}, deep=deep)


def _assign(parent: Any, gradient: float, slope: float) -> None:
    parent.grad = gradient * slope


def _local_only(parent: Any, gradient: float, slope: float) -> None:
    parent.grad += slope


def _recursing(*, push_first: bool) -> type:
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


def _by_recursion(node: Any) -> list[Any]:
    order: list[Any] = depth_first(node, post=True)
    return order


def _lost(*ops: str) -> type:
    """Return a class in which results of some operations know no parents."""

    def forgetful(rule: Rule) -> Rule:
        return lambda *values: (rule(*values)[0], ())

    return engine(rules={op: forgetful(RULES[op]) for op in ops})


def _is_part_error(evidence: Evidence) -> bool:
    """Whether every wrong part of the main case ended in an exception."""
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, dict):
            return False
        if not isinstance(right, Returned):
            return False
        wrong = [
            outcome.value.get(part)
            for part in PARTS
            if compare(outcome.value.get(part), right.value[part]) is not None
        ]
        return bool(wrong) and all(isinstance(value, Opaque) for value in wrong)
    return False


def _operation_mistakes() -> Iterable[Mistake]:
    """Yield what goes wrong inside one operation."""
    said: dict[str, tuple[str, str]] = {
        "times": (
            "M09.1a",
            "The product hands each factor its own value back. Each one gets the value of "
            "the other.",
        ),
        "minus": (
            "X09.2a",
            "The second operand of a difference has the wrong sign in its gradient: a - b "
            "falls when b grows.",
        ),
        "divide": (
            "X09.2b",
            "The gradient of the divisor is wrong. Write a / b as a * b**-1 and "
            "differentiate that by b.",
        ),
        "turned": (
            "X09.2c",
            "With a plain number on the left the operation is turned round: 2 - v and "
            "2 / v are not v - 2 and v / 2.",
        ),
        "left": (
            "X09.2d",
            "With a plain number on the left of - or /, the value is right and the "
            "gradient is not. Here v is what is subtracted, or what divides.",
        ),
        "lost": (
            "X09.2e",
            "With a plain number on the left the gradient stops there: the result has to "
            "remember the Value it was made from.",
        ),
        "power": (
            "X09.2f",
            "The slope of a power is wrong: the exponent comes down as a factor and is one "
            "less upstairs.",
        ),
        "exp": ("X09.2g", "exp is its own derivative: the slope is the result."),
        "tanh": (
            "X09.2h",
            "The slope of tanh is wrong. Written with the result t it takes one "
            "subtraction and one square.",
        ),
        "relu": (
            "X09.2i",
            "relu does not hold back what it should: it passes the whole gradient on where "
            "its input is positive, and nothing where it is negative.",
        ),
        "loser": (
            "M09.2c",
            "max sends the gradient to the smaller of the two. The larger one made the "
            "result.",
        ),
        "both": ("M09.2d", "max sends the gradient to both. Only the larger one gets it."),
        "winner": ("M09.2e", "max multiplies by the winner's value. Its slope there is 1."),
        "lost tie": ("M09.2a", "At a tie of max the gradient is lost."),
        "double tie": ("M09.2b", "At a tie of max the gradient is counted twice."),
        "one tie": ("tie", ONE_SIDE),
        "kink": ("kink", "At 0 your relu has the slope 1. The task sets it to 0 there."),
    }

    def tanh_with(slope: Callable[[float, float], float]) -> Rule:
        return lambda a: (math.tanh(a), (slope(a, math.tanh(a)),))

    classes: list[tuple[str, type]] = [
        (
            "times",
            engine(rules={op: lambda a, b: (a * b, (a, b)) for op in ("*", "r*")}),
        ),
        ("minus", _rule("-", lambda a, b: (a - b, (1.0, 1.0)))),
        *(
            ("divide", _rule("/", rule))
            for rule in (
                lambda a, b: (a / b, (1 / b, a / b**2)),
                lambda a, b: (a / b, (1 / b, -1 / b**2)),
                lambda a, b: (a / b, (1 / b, -a / b)),
            )
        ),
        ("turned", _rule("r-", RULES["-"])),
        ("turned", _rule("r/", RULES["/"])),
        ("turned", engine(rules={"r-": RULES["-"], "r/": RULES["/"]})),
        ("left", _rule("r-", lambda a, b: (b - a, (1.0, 1.0)))),
        ("left", _rule("r/", lambda a, b: (b / a, (b / a**2, 1.0)))),
        ("left", _rule("r/", lambda a, b: (b / a, (-1 / a**2, 1.0)))),
        ("lost", _lost("r-")),
        ("lost", _lost("r/")),
        ("lost", _lost("r+", "r-", "r*", "r/")),
        *(
            ("power", _rule("**", rule))
            for rule in (
                lambda a, k: (a**k, (k * a**k,)),
                lambda a, k: (a**k, (a ** (k - 1),)),
                lambda a, k: (a**k, ((k - 1) * a ** (k - 1),)),
                lambda a, k: (a**k, (k,)),
            )
        ),
        ("exp", _rule("exp", lambda a: (math.exp(a), (a,)))),
        ("exp", _rule("exp", lambda a: (math.exp(a), (1.0,)))),
        ("exp", _rule("exp", lambda a: (math.exp(a), (a * math.exp(a - 1),)))),
        *(
            ("tanh", _rule("tanh", tanh_with(slope)))
            for slope in (
                lambda a, t: 1 - t,
                lambda a, t: 1 - a**2,
                lambda a, t: t * (1 - t),
                lambda a, t: t,
            )
        ),
        ("relu", _rule("relu", lambda a: (max(a, 0.0), (1.0,)))),
        ("relu", _rule("relu", lambda a: (max(a, 0.0), (max(a, 0.0),)))),
        ("loser", _rule("max", lambda a, b: (max(a, b), max_backward(b, a, 1.0)))),
        ("both", _rule("max", lambda a, b: (max(a, b), (1.0, 1.0)))),
        ("winner", _rule("max", lambda a, b: (max(a, b), (a * (a > b), b * (b > a))))),
        ("lost tie", _rule("max", _tie_rule(0, 0), deep=True)),
        ("double tie", _rule("max", _tie_rule(1, 1), deep=True)),
        ("one tie", _rule("max", _tie_rule(1, 0), deep=True)),
        ("kink", _rule("relu", lambda a: (max(a, 0.0), (float(a >= 0),)), deep=True)),
    ]
    for name, wrong in classes:
        yield Mistake(code=said[name][0], variant=wrong, message=said[name][1])


X09_2 = Exercise(
    id="X09.2",
    function="Value",
    points=9,
    reference=Reference,
    inputs=value_inputs,
    outputs=PARTS,
    pack="dict",
    driver=VALUE_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#The-machine",
    mistakes=(
        *_operation_mistakes(),
        *(
            Mistake(
                code="M09.4a",
                variant=engine(order=partial(depth_first, post=False, right=right)),
                message="Nodes are served in the order in which a search first meets them, "
                "and some hand on a gradient that is not complete. Wait until all users "
                "of a node have reported.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for right in (False, True)
        ),
        Mistake(
            code="M09.4b",
            variant=engine(order=topo_sort),
            message="Your backward pass begins at the inputs, where nothing has arrived "
            "yet. Begin at the result: go through the order in reverse.",
            lecture=f"{LECTURE}#Why-the-order-matters",
        ),
        *(
            Mistake(
                code="M09.4c",
                variant=wrong,
                message="A node with several users hands its gradient on several times, so "
                "parts of it count twice. Each node gets its turn once.",
                lecture=f"{LECTURE}#What-it-costs",
            )
            for wrong in (
                *(
                    engine(
                        order=turned(
                            partial(depth_first, post=True, seen=False, right=right)
                        )
                    )
                    for right in (False, True)
                ),
                _recursing(push_first=True),
                _recursing(push_first=False),
            )
        ),
        *(
            Mistake(
                code="M09.4d",
                variant=engine(order=order),
                message="Nodes are served level by level. Where roads differ in length, a "
                "node gets its turn before the longer road has brought its share.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for order in LEVEL_ORDERS
        ),
        Mistake(
            code="M09.4e",
            variant=engine(start=0.0),
            message="All gradients stay 0: nobody has told the result that df/df is 1.",
        ),
        *(
            Mistake(
                code="M09.4f",
                variant=wrong,
                message="After zero_grad() some gradients are still there, and the next "
                "backward adds to them. Clear the node and everything it was made from.",
            )
            for wrong in (
                engine(zeroed=lambda node: ()),
                engine(zeroed=lambda node: (), apart=True),
                engine(zeroed=lambda node: (node,)),
                engine(zeroed=lambda node: [n for n in topo_sort(node) if not n.parents]),
            )
        ),
        Mistake(
            code="M09.4g",
            variant=engine(push=_assign),
            message="A gradient that arrives replaces what was there. It has to be added: "
            "a node may have several users, and several results.",
        ),
        Mistake(
            code="M09.1b",
            variant=engine(push=_local_only),
            message="Only local gradients are passed on. Multiply them by the gradient "
            "that has arrived at the node.",
            lecture=f"{LECTURE}#One-node-at-a-time",
        ),
        Mistake(
            code="X09.2j",
            variant=engine(before=topo_sort),
            message="backward() wipes out the gradients that were there. It adds to them; "
            "clearing is the job of zero_grad().",
        ),
        *(
            Mistake(
                code="recursion",
                variant=wrong,
                message="Right on small graphs, but a deep one ends in a RecursionError: "
                "Python stops after about 1000 calls inside each other. Use a loop with "
                "a list of open nodes.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for wrong in (
                engine(order=turned(_by_recursion), deep=True),
                engine(zeroed=_by_recursion, deep=True),
            )
        ),
        Mistake(
            code="stops",
            detect=_is_part_error,
            message="These parts stop with an error: an operation or method is missing, "
            "still blank, or fails. The visible checks show which; the other parts are "
            "right.",
        ),
    ),
)

# --- G09.5 -------------------------------------------------------------------------

NUMERIC_DRIVER = """
def drive(f, name, x, h):
    import numpy as np

    function = {
        "cubes": lambda x: np.sum(np.power(x, 3)) + np.prod(x),
        "waves": lambda x: np.sum(np.sin(x)) * np.cos(np.ravel(x)[0])
        + np.sum(np.square(x)) ** 2,
    }[name]
    return f(function, x) if h is None else f(function, x, h)
"""


def numeric_inputs(rng: Rng) -> list[Case]:
    """Coarse steps show the formula itself; functions whose entries are coupled."""

    def case(shape: tuple[int, ...], name: str, h: float | None, **more: Any) -> Case:
        args = name, np.array(away_from_zero(rng, *shape)), h
        return Case(name=f"{name} {shape}, h = {h}", args=args, **more)

    whole = rng.integers(1, 5, (3,)) * np.array([1, -1, 1])
    return [
        Case(name="visible", args=("cubes", np.array([1, -0.5, 2]), None), role="visible"),
        case((3,), "cubes", None),
        case((2, 3), "waves", None),
        case((2, 2), "cubes", 0.25),
        case((2, 1, 2), "waves", 0.1),
        Case(
            name="integers",
            args=("cubes", whole, None),
            role="edge",
            requirement="x may hold whole numbers; the result is float64",
        ),
        case((), "waves", 0.1, role="edge", requirement="x may have the shape ()"),
    ]


Scalar = Callable[[Array], float]


def numeric_grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
    """T09.16: all points at once, one row of a unit matrix per entry."""
    x = np.asarray(x, float)
    moves = h * np.eye(x.size).reshape(x.size, *x.shape)
    ahead = np.array([f(x + move) for move in moves])
    behind = np.array([f(x - move) for move in moves])
    return np.asarray((ahead - behind) / (2 * h)).reshape(x.shape)


def _differences(
    rule: Callable[[Scalar, Array, Array, float], float], *, whole: bool = False
) -> Callable[..., Array]:
    """Return a numeric gradient with another rule for one entry."""

    def grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
        x = x if whole else np.asarray(x, float)
        result = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            move = np.zeros_like(x)
            move[index] = h
            result[index] = rule(f, x, move, h)
        return result

    return grad


def _central(f: Scalar, x: Array, move: Array, h: float) -> float:
    return (f(x + move) - f(x - move)) / (2 * h)


def _bumped(*, restored: bool, whole: bool = False) -> Callable[..., Array]:
    """Return a numeric gradient that bumps entries of a copy in place."""

    def grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
        x = np.array(x, x.dtype if whole else float)
        result = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            old = x[index]
            x[index] = old + h
            ahead = f(x)
            x[index] = old - h
            result[index] = (ahead - f(x)) / (2 * h)
            if restored:
                x[index] = old
        return result

    return grad


def _functions() -> dict[str, Scalar]:
    return {
        "cubes": lambda x: np.sum(np.power(x, 3)) + np.prod(x),
        "waves": lambda x: (
            np.sum(np.sin(x)) * np.cos(np.ravel(x)[0]) + np.sum(np.square(x)) ** 2
        ),
    }


def _is_noisy(evidence: Evidence) -> bool:
    """Whether all gradients are about right, and one has lost most of its digits."""
    worst = 0.0
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(right, Returned):
            return False
        found, wanted = outcome.value, right.value
        if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
            return False
        if found.shape != wanted.shape or not np.isfinite(found).all():
            return False
        name, x, h = case.args
        exact = numeric_grad(_functions()[name], x, 1e-5)
        off = min(float(np.abs(found - other).max()) for other in (wanted, exact))
        off /= float(np.abs(wanted).max())
        if off >= 0.05:
            return False
        if h is None:  # a coarse h has an error of its own
            worst = max(worst, off)
    return worst > 1e-6


G09_5 = Exercise(
    id="G09.5",
    function="numeric_grad",
    points=3,
    reference=numeric_grad,
    inputs=numeric_inputs,
    outputs=("gradient",),
    driver=NUMERIC_DRIVER,
    lecture=f"{LECTURE}#Trust,-but-check",
    mistakes=(
        Mistake(
            code="M09.5a",
            variant=_differences(lambda f, x, move, h: (f(x + move) - f(x)) / h),
            message="You look to one side only, so the error shrinks like h and not like "
            "its square. Step to both sides of x.",
        ),
        Mistake(
            code="M09.5a",
            variant=_differences(lambda f, x, move, h: (f(x) - f(x - move)) / h),
            message="You look to one side only, so the error shrinks like h and not like "
            "its square. Step to both sides of x.",
        ),
        Mistake(
            code="M09.5b",
            variant=_differences(lambda f, x, move, h: 2 * _central(f, x, move, h)),
            message="The two points lie 2h apart, and you divide by h.",
        ),
        Mistake(
            code="M09.5c",
            variant=_differences(lambda f, x, move, h: _central(f, x, 0 * move + h, h)),
            message="All entries are bumped together, which gives the sum of all partial "
            "derivatives. Move one entry at a time.",
        ),
        Mistake(
            code="M09.5c",
            variant=lambda f, x, h=1e-4: (f(x + h) - f(x - h)) / (2 * h),
            message="All entries are bumped together, which gives the sum of all partial "
            "derivatives. Move one entry at a time.",
        ),
        Mistake(
            code="M09.5d",
            variant=_bumped(restored=False),
            message="An entry stays bumped while the next ones are measured. Put the old "
            "value back first.",
        ),
        Mistake(
            code="M09.5e",
            variant=_differences(lambda f, x, move, h: -_central(f, x, move, h)),
            message="The difference is taken the wrong way round: the value at x + h comes "
            "first.",
        ),
        Mistake(
            code="M09.5f",
            detect=_is_noisy,
            message="About right, but most digits are noise: rounding is divided by h. "
            "Either your h is far too small or something computes in float32.",
        ),
        *(
            Mistake(
                code="M09.5g",
                variant=wrong,
                message="An array of whole numbers cannot hold a bump of h: it is cut off. "
                "Make a float copy of x first.",
            )
            for wrong in (
                _differences(_central, whole=True),
                _bumped(restored=True, whole=True),
            )
        ),
        *(
            Mistake(
                code="fixed h",
                variant=wrong,
                message="For a small h this is right, but with a coarse one it is not the "
                "formula of the task with the h that was given.",
            )
            for wrong in (
                lambda f, x, h=1e-4: numeric_grad(f, x),
                lambda f, x, h=1e-4: numeric_grad(f, x, h / 2),
                lambda f, x, h=1e-4: numeric_grad(f, x, 2 * h),
            )
        ),
    ),
)

# --- G09.6 -------------------------------------------------------------------------


def quadratic_inputs(rng: Rng) -> list[Case]:
    """A is not symmetric, no entry is near 0 or 1, the residual is no 0."""

    def case(d: int, **more: Any) -> Case:
        A = away_from_zero(rng, d, d)
        b, x = away_from_zero(rng, d), 1.1 * away_from_zero(rng, d)
        c = float(away_from_zero(rng))
        y = float(x @ A @ x + b @ x + c)
        args = (A, b, c, x, y + float(rng.uniform(0.5, 2)))
        return Case(name=f"d = {d}", args=args, **more)

    return [case(3), case(4), case(2), case(1, role="edge", requirement="d = 1 works")]


def quadratic_grads(A: Array, b: Array, c: float, x: Array, y_star: float) -> Any:
    """T09.5 without a rule: one complex step for every entry of every argument."""

    def loss(A: Any, b: Any, c: Any, x: Any) -> Any:
        return (x @ A @ x + b @ x + c - y_star) ** 2

    point = [np.asarray(v, complex) for v in (A, b, c, x)]

    def slope(k: int, index: tuple[int, ...]) -> float:
        moved = [v.copy() for v in point]
        moved[k][index] += 1j * TINY
        return float(loss(*moved).imag) / TINY

    grads = [
        np.array([slope(k, i) for i in np.ndindex(v.shape)]).reshape(v.shape)
        for k, v in enumerate(point)
    ]
    return grads[0], grads[1], float(grads[2]), grads[3]


def _quadratic(
    *, factor: float = 2.0, **other: Callable[..., Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return the closed form, with other rules for some of the outputs."""
    right: dict[str, Callable[..., Any]] = {
        "dA": lambda e, A, b, x: e * np.outer(x, x),
        "db": lambda e, A, b, x: e * x,
        "dc": lambda e, A, b, x: e,
        "dx": lambda e, A, b, x: e * ((A + A.T) @ x + b),
    }

    def grads(A: Array, b: Array, c: float, x: Array, y_star: float) -> tuple[Any, ...]:
        e = factor * (x @ A @ x + b @ x + c - y_star)
        return tuple({**right, **other}[name](e, A, b, x) for name in right)

    return grads


TOO_MANY = (
    "There is a factor x too many. c, and each finished term of y, enters y with "
    "coefficient 1, so e arrives there as the number it is."
)
G09_6 = Exercise(
    id="G09.6",
    function="quadratic_grads",
    points=3,
    reference=quadratic_grads,
    inputs=quadratic_inputs,
    outputs=("dA", "db", "dc", "dx"),
    pack="tuple",
    driver=TUPLE_DRIVER,
    vectorised=True,
    lecture=f"{LECTURE}#A-quadratic-form",
    mistakes=(
        *(
            Mistake(
                code="M09.6a",
                variant=_quadratic(dx=dx),
                message="This holds for a symmetric A only. x stands on both sides of A, "
                "and the two roads bring different things.",
            )
            for dx in (
                lambda e, A, b, x: e * (2 * A @ x + b),
                lambda e, A, b, x: e * (2 * A.T @ x + b),
            )
        ),
        *(
            Mistake(
                code="M09.6b",
                variant=_quadratic(dx=dx),
                message="A appears once in dx. x stands on both sides of A, so the product "
                "rule gives two terms.",
            )
            for dx in (
                lambda e, A, b, x: e * (A @ x + b),
                lambda e, A, b, x: e * (A.T @ x + b),
            )
        ),
        Mistake(
            code="M09.6c",
            variant=_quadratic(dx=lambda e, A, b, x: e * ((A + A.T) @ x)),
            message="The road from x through the linear term is missing in dx.",
        ),
        Mistake(
            code="M09.6d",
            variant=_quadratic(factor=1.0),
            message="Half as large as it should be: this loss has no 1/2 that would cancel "
            "the 2 of the square.",
        ),
        Mistake(
            code="M09.6e",
            variant=_quadratic(factor=-2.0),
            message="The sign is turned round. With the residual as prediction minus "
            "target, no gradient here needs a minus.",
        ),
        Mistake(
            code="M09.6f",
            variant=_quadratic(dA=lambda e, A, b, x: e * (x.T @ x)),
            message="dA is a number. For a 1-D array .T does nothing, so x.T @ x is the "
            "inner product; the outer one is needed.",
        ),
        Mistake(
            code="M09.6g",
            variant=_quadratic(dc=lambda e, A, b, x: e * x),
            message=TOO_MANY,
        ),
        Mistake(
            code="M09.6g",
            variant=_quadratic(db=lambda e, A, b, x: e * x * x),
            message=TOO_MANY,
        ),
        Mistake(
            code="M09.6h",
            variant=_quadratic(dA=lambda e, A, b, x: e * np.diag(x**2)),
            message="dA has numbers on its diagonal only. Every entry of A is used, each "
            "with its own pair of entries of x.",
        ),
    ),
)

EXERCISES = (X09_1, G09_1, G09_2, G09_3, G09_4, X09_2, G09_5, G09_6)
