"""The shape of a computation graph: who feeds whom, in which order, drawn where.

A graph is a table: the name of each node, with the names of its inputs. It holds no
numbers and knows no derivative; those belong to whoever computes.

    {"x": (), "y": (), "a": ("x", "y")}        a = x + y, or any other function of both

Ref: lecture 09.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Graph = Mapping[str, Sequence[str]]
Edge = tuple[str, str]
Point = tuple[float, float]

SWEEPS = 6  # passes over the columns; a lecture's graphs settle after two or three


def edges(graph: Graph) -> list[Edge]:
    """Return every edge as `(from, to)`; a node used twice as an input has two.

    Ref: syllabus T09.1.
    """
    return [(source, node) for node, inputs in graph.items() for source in inputs]


def users(graph: Graph) -> dict[str, list[str]]:
    """Return for each node the nodes that take it as an input, its successors.

    Ref: syllabus T09.12, successors (后继).
    """
    return {node: [to for source, to in edges(graph) if source == node] for node in graph}


def layers(graph: Graph) -> list[list[str]]:
    """Return the nodes in layers: each stands one layer above its highest input.

    Read layer by layer, this is a topological order (拓扑排序). Within a layer the
    order of the table is kept.

    Raises:
        ValueError: if an input is not in the table, or the graph has a cycle.

    Ref: syllabus T09.12.
    """
    for source, node in edges(graph):
        if source not in graph:
            raise ValueError(f"node '{node}' has the input '{source}', which is no node")
    waiting, found = set(graph), []
    while waiting:
        ready = [
            node
            for node, inputs in graph.items()
            if node in waiting and waiting.isdisjoint(inputs)
        ]
        if not ready:
            raise ValueError(
                f"there is a cycle among {sorted(waiting)}: each waits for another"
            )
        found.append(ready)
        waiting.difference_update(ready)
    return found


@dataclass(frozen=True)
class Layout:
    """Where a graph is drawn.

    Attributes:
        places: node -> its point; columns and rows are one apart, inputs on the left.
        routes: edge -> the points it runs through, both ends included, so that it
            passes between the nodes of the columns it crosses.
    """

    places: dict[str, Point]
    routes: dict[Edge, list[Point]]


def layout(graph: Graph) -> Layout:
    """Return places for the nodes of `graph`, with few crossings, and routes for edges.

    Interior nodes stand in the column of their layer, sources right before their first
    use. Then each column is sorted by the middle of its neighbours, forth and back.

    Raises:
        ValueError: as `layers` does.

    Ref: lecture 09 (all graphs).
    """
    column = _columns(graph)
    chains = {edge: _chain(edge, column) for edge in edges(graph)}
    ranks: list[list[Any]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for node in graph:
        ranks[column[node]].append(node)
    for chain in chains.values():
        for step, point in enumerate(chain[1:-1], start=1):
            ranks[column[chain[0]] + step].append(point)
    _sort(ranks, list(chains.values()))

    places = {
        item: (float(x), (len(rank) - 1) / 2 - row)
        for x, rank in enumerate(ranks)
        for row, item in enumerate(rank)
    }
    routes = {edge: [places[item] for item in chain] for edge, chain in chains.items()}
    return Layout({node: places[node] for node in graph}, routes)


def recorded(output: Any) -> dict[str, tuple[str, ...]]:
    """Return the graph that PyTorch recorded while it computed `output`.

    Operations are named as PyTorch names them, with a number, newest first; tensors
    that collect a gradient appear as `AccumulateGrad`. Inputs that need no gradient
    leave no trace.

    Args:
        output: a tensor with a `grad_fn`.

    Ref: syllabus T09.14.
    """
    names, found, waiting = {}, {}, [output.grad_fn]
    while waiting:
        node = waiting.pop(0)
        if node in found:
            continue
        found[node] = [source for source, _ in node.next_functions if source is not None]
        names[node] = f"{node.name().split('::')[-1]} {len(names)}"
        waiting += found[node]
    return {names[n]: tuple(names[source] for source in found[n]) for n in found}


def _columns(graph: Graph) -> dict[str, int]:
    """Return the column of each node."""
    column = {node: k for k, layer in enumerate(layers(graph)) for node in layer}
    for node, successors in users(graph).items():
        if successors and not graph[node]:
            column[node] = min(column[user] for user in successors) - 1
    return column


def _chain(edge: Edge, column: Mapping[str, int]) -> list[Any]:
    """Return both ends of `edge`, with one point for each column between them."""
    source, node = edge
    between = range(column[source] + 1, column[node])
    return [source, *((source, node, k) for k in between), node]


def _sort(ranks: list[list[Any]], chains: Sequence[Sequence[Any]]) -> None:
    """Sort each column by the mean row of the neighbours on one side, forth and back."""
    before: dict[Any, list[Any]] = {item: [] for rank in ranks for item in rank}
    after: dict[Any, list[Any]] = {item: [] for rank in ranks for item in rank}
    for chain in chains:
        for left, right in pairwise(chain):
            before[right].append(left)
            after[left].append(right)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            row = {item: k - len(r) / 2 for r in ranks for k, item in enumerate(r)}
            means = {
                item: sum(row[n] for n in neighbours[item]) / len(neighbours[item])
                for item in rank
                if neighbours[item]
            }
            rank.sort(key=lambda item, m=means, r=row: m.get(item, r[item]))
