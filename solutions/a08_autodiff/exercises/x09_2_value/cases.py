"""What answers are tried with."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from grader.model import Case

from ...._graphs import AT_REST
from .._shared import Rng, away_from_zero

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


KINK, TIE, DEEP = (
    "the slope of relu at 0 is 0",
    "at a tie of max each side gets one half",
    "graphs of 10,000 nodes work, however deep",
)
"""Requirements of the task."""

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


Programs = dict[str, list[str]]
"""Name of a part -> what it is looked at with."""


def value_inputs(rng: Rng) -> list[Case]:
    """A part for every group of operations, on trees; then graphs with branches."""
    same = float(rng.uniform(0.7, 1.4))
    high = float(rng.uniform(3, 4))
    a, b, c, d = (float(v) for v in rng.uniform(0.5, 2, 4))
    generic = {
        **_arithmetic(rng),
        **_smooth(rng),
        **_kinked(a, b, c, d, high),
        **_graphs(rng, same),
    }
    thin = [rng.uniform(0.4, 0.6), rng.uniform(0.9, 0.95)]
    return [
        Case(name="all parts", args=parts(**generic)),
        _edge(
            "relu at 0",
            KINK,
            relu=[program([0.0, d], ("relu", 0), ("*", 2, 1))],
        ),
        _edge(
            "tie",
            TIE,
            max=[
                program([a, a, d], ("max", 0, 1), ("*", 3, 2)),
                program([2.0, d], ("max", 0, 2.0), ("*", 2, 1)),
            ],
        ),
        _edge(
            "10,000 nodes",
            DEEP,
            zero_grad=[program(thin, ("*", -1, 1), ("+", -1, 0), rounds=5000)],
        ),
    ]


def _edge(name: str, requirement: str, **some: list[str]) -> Case:
    return Case(name=name, args=parts(**some), role="edge", requirement=requirement)


def _arithmetic(rng: Rng) -> Programs:
    return {
        "plus_times": [
            tame(rng, 5, ("*", 0, 1), ("+", 5, 2), ("*", 3, 6)),
            tame(rng, 4, ("+", 0, 1), ("*", 2, 3), ("*", 4, 5)),
        ],
        "minus_divide": [
            tame(rng, 4, ("-", 0, 1), ("/", 4, 2), ("neg", 5), ("/", 3, 6)),
            tame(rng, 4, ("/", 0, 1), ("-", 2, 4), ("/", 5, 3), ("neg", 6)),
        ],
        "numbers": _with_numbers(rng),
    }


def _with_numbers(rng: Rng) -> list[str]:
    """Return programs of one leaf, with plain numbers on either side of it."""
    c = [float(np.round(rng.uniform(1.1, 2.9), 3)) for _ in range(9)]
    return [
        tame(rng, 1, ("-", c[0], 0), ("/", c[1], 1), ("+", 2, 2.0)),
        tame(rng, 1, ("/", 0, c[2]), ("*", c[3], 1), ("-", 2, 3.0), ("+", c[4], 3)),
        tame(rng, 1, ("/", 3.0, 0), ("*", 1, c[5]), ("-", 5.0, 2), ("+", 3, c[6])),
        tame(rng, 1, ("+", 2.0, 0), ("*", 1, c[7]), ("/", 2, c[8]), ("-", 3, 0.5)),
    ]


def _smooth(rng: Rng) -> Programs:
    """Return what powers, exp and tanh are looked at with."""
    return {
        "power": [
            tame(rng, 1, ("**", 0, 2.5), ("**", 1, -1.5), positive=True),
            tame(rng, 1, ("**", 0, 3.0), ("**", 1, 2.0)),
            tame(rng, 1, ("**", 0, -1.0), ("**", 1, 3.0)),
            program([-float(rng.uniform(0.6, 1.6))], ("**", 0, 4.0)),
            program([-float(rng.uniform(0.6, 1.6))], ("**", 0, 3.0)),
        ],
        "exp": [
            program([float(rng.uniform(*ends))], ("exp", 0), ("exp", 1))
            for ends in ((0.2, 0.7), (-1.5, -0.3))
        ],
        "tanh": [
            program([float(rng.uniform(*ends))], ("tanh", 0), ("tanh", 1))
            for ends in ((0.3, 1.2), (-1.2, -0.3))
        ],
    }


def _kinked(a: float, b: float, c: float, d: float, high: float) -> Programs:
    """Return what relu and max are looked at with: each side of the kink, and no tie."""
    return {
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
    }


def _graphs(rng: Rng, same: float) -> Programs:
    """Return graphs in which nodes have several users; ``same`` stands in two leaves."""
    road = tuple(zip("*+*+", (0, 2, 2, 3), (1, 0, 3, 4), strict=True))
    other_road = tuple(zip("+*+*", (1, 0, 3, 4), (0, 2, 2, 3), strict=True))
    twice = (("*", 0, 1), ("*", 3, 2), ("+", 0, 1), ("*", 0, 5))
    return {
        "parents": [tame(rng, 4, ("*", 2, 0), ("+", 1, 4), ("*", 5, 4), ("+", 3, 6))],
        "branches": [
            tame(rng, 2, ("*", 0, 0), ("+", 2, 1), ("*", 1, 3)),
            tame(rng, 3, ("+", 0, 1), ("*", 3, 0), ("+", 2, 4), ("*", 5, 1)),
            program([same, same], ("*", 0, 1), ("+", 1, 2), ("*", 3, 0), ("+", 4, 1)),
        ],
        "roads": [
            tame(rng, 2, *road, ("*", 5, 4)),
            tame(rng, 2, *other_road, ("+", 4, 5)),
            _crooked(rng, 2, 7),
            _crooked(rng, 3, 8),
            tame(rng, 2, ("*", 0, 1), ("+", 2, 2), ("*", 3, 3), ("+", 4, 2)),
        ],
        "accumulate": [tame(rng, 3, *twice, results="4 6")],
        "zero_grad": [tame(rng, 4, ("*", 0, 1), ("+", 2, 4), ("*", 5, 3))],
    }


def _crooked(rng: Rng, leaves: int, size: int) -> str:
    """Return a program whose every step takes the last node and an earlier one."""
    while True:
        steps: list[Step] = [("*", 0, 1)]
        for k in range(leaves + 1, leaves + size):
            pair = rng.permutation([k - 1, int(rng.integers(0, k - 1))]).tolist()
            steps.append((str(rng.choice(["+", "*"])), *pair))
        with contextlib.suppress(ValueError):
            return tame(rng, leaves, *steps)
