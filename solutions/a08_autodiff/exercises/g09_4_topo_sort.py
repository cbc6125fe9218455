"""G09.4 `topo_sort`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake

from ..._graphs import AT_REST, LEVEL_ORDERS, breadth_first, depth_first, topo_sort, turned
from ._shared import LECTURE, Array, Rng, topo_by_counting, topo_by_layers

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
    deep = "a graph of 10,000 nodes, as deep as it is long, works"
    again = "the graph stays as it is: a second call finds the same nodes"
    alone = "a node without parents is an order of one"
    return [
        *(case(name, _table(rows)) for name, rows in GRAPHS.items()),
        *(case(f"random {n}", chance(3, n)) for n in (6, 9)),
        Case(name="inside", args=(chance(3, 9), 8, 1)),
        case("alone", _table([()]), role="edge", requirement=alone),
        case("again", _table(GRAPHS["bystanders"]), 2, role="edge", requirement=again),
        case("10,000 nodes", long, role="edge", requirement=deep),
    ]


def _by_distance(output: Any, *, right: bool) -> list[Any]:
    """Return the nodes by their shortest distance from the output, the farthest first."""
    distance = {output: 0}
    for node in breadth_first(output, right=right):
        for parent in node.parents:
            distance.setdefault(parent, distance[node] + 1)
    order = breadth_first(output, right=right)
    return sorted(order, key=lambda node: -distance[node])


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


EXERCISE = Exercise(
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
        *(
            Mistake(
                code="M09.4d",
                variant=partial(_by_distance, right=right),
                message="The nodes are sorted by their shortest distance from the output. A "
                "longer road may lead to the same node: it has to stand before all its users.",
            )
            for right in (False, True)
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


# --- other right ways of writing it ---------------------------------------------------


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


RIGHT_WAYS = [
    topo_two_colours,
    topo_by_counting,
    topo_by_layers,
    topo_by_generator,
    topo_moving_to_the_front,
]

EQUIVALENTS = {
    "users, found = ({output: 0}, [output]) → users, found = ({output: 1}, [output])": "nobody counts the users of the output",
    "users, found = ({output: 0}, [output]) → users, found = ({output: -1}, [output])": "nobody counts the users of the output",
}


# --- examples of mistakes -------------------------------------------------------------


def sort_with_marks_of_all_calls(
    output: Any,
    seen: set[Any] = set(),  # noqa: B006
) -> list[Any]:
    fresh = [node for node in topo_sort(output) if node not in seen]
    seen.update(fresh)
    return fresh


WRONG_WAYS = {"marks": [sort_with_marks_of_all_calls]}


# --- what the reference has to agree with ---------------------------------------------


class Node:
    def __init__(self, parents: list[Node]) -> None:
        self.parents = parents


def inputs_come_first(sort: Callable[[Any], Sequence[Any]]) -> None:
    """Raise AssertionError unless all fixed graphs are put in order."""
    for rows in GRAPHS.values():
        nodes: list[Node] = []
        for row in rows:
            nodes.append(Node([nodes[i] for i in row]))
        order = sort(nodes[-1])
        assert order[-1] is nodes[-1]
        assert len(set(order)) == len(order)
        for node in order:
            for parent in node.parents:
                assert order.index(parent) < order.index(node)


def witness_definition() -> None:
    inputs_come_first(topo_sort)
