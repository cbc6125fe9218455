"""What answers are tried with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.model import Case

from ...._graphs import AT_REST
from .._shared import Rng, Shape

# A program builds a graph and goes back through it. It is a line of text, and its numbers
# stand one after the other in an array, so that many of them travel fast:
# leaves | blocks | rounds | results, as "2,3 2,1 | + 0 1; * 2 0 | 1 | -1:2,3".
# A leaf is its shape, () for a number, with an i in front for a list of whole numbers. A step
# names an operation and its operands: the place of a node or, with a point, a plain number.
# Steps after a word such as "quiet:" run under no_grad. A result is a place, and the shape of
# the upstream gradient if backward is given one. A part that raises fails for itself.
TENSOR_DRIVER = (
    AT_REST
    + """
def drive(Tensor, names, parts):
    return at_rest(lambda: look_at_all(Tensor, names, parts))


def look_at_all(Tensor, names, parts):
    import operator

    import numpy as np

    BINARY = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
        "@": operator.matmul,
    }

    def number(text):
        return int(float(text)) if float(text).is_integer() else float(text)

    def shape_of(text):
        return tuple(int(n) for n in text.strip("i()").split(",") if n)

    def step(nodes, words):
        op, *which = words.split()
        if op in BINARY:
            return BINARY[op](*(number(w) if "." in w else nodes[int(w)] for w in which))
        node, *options = which
        node = nodes[int(node)]
        if op == "neg":
            return -node
        if op == "sum":
            given = {"keepdims": True} if "keep" in options else {}
            given |= {"axis": int(w) for w in options if w != "keep"}
            return node.sum(**given)
        if op == "reshape":
            return node.reshape(shape_of(options[0]))
        return getattr(node, op)()

    def run(nodes, steps):
        for words in steps.split(";"):
            if words.strip():
                nodes.append(step(nodes, words))

    def block(nodes, kind, steps):
        if not kind:
            return run(nodes, steps)
        try:
            with Tensor.no_grad():
                inner, _, outer = steps.partition("<<")
                if outer:
                    with Tensor.no_grad():
                        run(nodes, inner)
                run(nodes, outer or inner)
                if kind == "quiet, fails":
                    raise KeyError(kind)
            if kind == "quiet, fails":
                raise TypeError("the error of the block has disappeared")
        except KeyError:
            if kind != "quiet, fails":
                raise

    def shape(array):
        return np.array([*array.shape, -1, -1, -1, -1][:4], float)

    def numbers(nodes):
        found = []
        for node in nodes:
            data, grad = np.asarray(node.data, float), node.grad
            if grad is None or (np.ndim(grad) == 0 and not np.any(grad)):
                grad = np.zeros(data.shape)
            grad = np.asarray(grad, float)
            found += [shape(data), data.flatten(), shape(grad), grad.flatten()]  # copies
        return found

    def look(name, program, numbers_left):
        Tensor.recording = True  # a block before costs its own part only
        shapes, blocks, rounds, results = program.split("|")

        def take(shape):
            size = int(np.prod(shape_of(shape)))
            taken = [numbers_left.pop() for _ in range(size)]
            if shape.startswith("i"):
                return [int(n) for n in taken]
            return np.array(taken).reshape(shape_of(shape))

        nodes = [Tensor(take(shape)) for shape in shapes.split()]
        ups = [(int(w.split(":")[0]), w.partition(":")[2]) for w in results.split()]
        ups = [(place, take(shape) if shape else None) for place, shape in ups]
        leaves = len(nodes)
        for _ in range(int(rounds)):
            for text in blocks.split(">>"):
                kind, _, steps = text.rpartition(":")
                block(nodes, kind.strip(), steps)
        result = np.asarray(nodes[-1].data, float)
        result = [shape(result), result.flatten()]
        all_but_large = nodes if len(nodes) < 100 else [*nodes[:leaves], nodes[-1]]
        for place, up in ups:
            nodes[place].backward() if up is None else nodes[place].backward(up.copy())
        if len(ups) > 1:
            return numbers(nodes[:leaves])
        if name == "plus_times":  # here gradients on the way and that of the result count
            return numbers(nodes)
        found = numbers(nodes[:leaves]) + result
        if name == "zero_grad":
            place, up = ups[-1]
            nodes[place].zero_grad()
            found += numbers(all_but_large)
            nodes[place].backward() if up is None else nodes[place].backward(up.copy())
            found += numbers(nodes[:leaves])
        return found

    found, errors = {}, []
    for name in names.split():
        try:
            programs, left = parts.get(name, ("", []))
            left = list(left)[::-1]
            arrays = [a for line in programs.splitlines() for a in look(name, line, left)]
            found[name] = np.concatenate([np.zeros(0), *arrays])
        except Exception as error:
            found[name] = error
            errors.append(error)
    if errors and len(errors) == len(parts):
        raise errors[0]
    return found
"""
)

PARTS = (
    *("plus_times", "minus_divide", "numbers", "power", "exp", "log", "tanh", "relu"),
    *("broadcast", "matmul", "sum", "reshape", "transpose"),
    *("branches", "accumulate", "zero_grad", "no_grad"),
)

KINK, WHOLE, DEEP, ERROR = (
    "the slope of relu at 0 is 0",
    "whole numbers are kept as float64",
    "graphs of 10,000 Tensors work, however deep",
    "after no_grad recording is as it was before, also after an error or inside another one",
)
"""Requirements of the task."""


@dataclass(frozen=True)
class Program:
    """A line of text, and the numbers of its leaves and upstream gradients."""

    text: str
    numbers: tuple[float, ...]


Programs = dict[str, list[Program]]
"""Name of a part -> what it is looked at with."""


def program(
    leaves: Sequence[Any],
    steps: str,
    *ups: Any,
    at: Sequence[int] = (-1,),
    rounds: int = 1,
) -> Program:
    """Return a program as the driver takes it.

    Args:
        leaves: float arrays, or lists of whole numbers.
        steps: as the driver reads them.
        ups: with what backward is called; without any it is called so, too.
        at: where, one place for each.
        rounds: how often all steps are done.
    """
    shapes = [_shape(leaf) for leaf in leaves]
    results = [f"{place}:{_shape(up)}" for place, up in zip(at, ups, strict=False)]
    text = f"{' '.join(shapes)}|{steps}|{rounds}|{' '.join(results or map(str, at))}"
    numbers = [float(n) for array in (*leaves, *ups) for n in np.ravel(array)]
    return Program(text, tuple(numbers))


def _shape(value: Any) -> str:
    whole = "i" if isinstance(value, list) else ""
    return f"{whole}{','.join(map(str, np.shape(value))) or '()'}"


def tensor_inputs(rng: Rng) -> list[Case]:
    """A part for every group of operations; then graphs, and what the task names."""
    draw = _Draw(rng)
    generic = {**_same_shape(draw), **_shapes(draw), **_graphs(draw)}
    thin = [draw.some(2, low=0.4, high=0.6), draw.some(2, low=0.9, high=0.95)]
    at_zero = np.array([0.0, 1.5, -0.5])
    return [
        Case(name="all parts", args=_parts(**generic)),
        _edge("relu at 0", KINK, relu=[program([at_zero], "relu 0", draw.up(3))]),
        _edge(
            "whole numbers",
            WHOLE,
            power=[program([[1, 2, 4]], "** 0 -1.0", draw.up(3))],
            plus_times=[program([[2, 3], [5, 7]], "* 0 1", draw.up(2))],
        ),
        _edge(
            "10,000 Tensors", DEEP, zero_grad=[program(thin, "* -1 1; + -1 0", rounds=5000)]
        ),
        *(
            _edge(
                kind,
                ERROR,
                no_grad=[
                    program(
                        [draw.some(2, 2), draw.some(2, 2)],
                        f"{kind}: {steps} >> * 2 0; * 3 1; + 3 4",
                        draw.up(2, 2),
                    )
                ],
            )
            for kind, steps in (
                ("quiet, fails", "* 0 1; * 0 2"),
                ("quiet, nested", "* 0 1 << * 0 2"),
            )
        ),
    ]


def _parts(**programs: list[Program]) -> tuple[str, dict[str, tuple[str, Any]]]:
    """Return the arguments of a case."""
    return " ".join(PARTS), {
        name: (
            "\n".join(line.text for line in lines),
            np.array([n for line in lines for n in line.numbers]),
        )
        for name, lines in programs.items()
    }


def _edge(name: str, requirement: str, **some: list[Program]) -> Case:
    return Case(name=name, args=_parts(**some), role="edge", requirement=requirement)


class _Draw:
    """Arrays whose entries lie between bounds, away from 0 and from each other."""

    def __init__(self, rng: Rng) -> None:
        self.rng = rng

    def some(self, *shape: int, low: float = 0.6, high: float = 1.8) -> Any:
        return np.asarray(self.rng.uniform(low, high, shape))

    def signed(self, *shape: int) -> Any:
        """Entries of both signs, wherever there are two."""
        signs = np.resize([1.0, -1.0], int(np.prod(shape)))
        return self.some(*shape) * self.rng.permutation(signs).reshape(shape)

    def up(self, *shape: int) -> Any:
        """What arrives at the result: never 1."""
        return self.some(*shape, low=1.3, high=2.7) * self.rng.choice([-1.0, 1.0], shape)


def _same_shape(draw: _Draw) -> Programs:
    """Return what operations entry by entry are looked at with."""

    def on(shape: Shape, count: int, steps: str, *, signed: bool = True) -> Program:
        make = draw.signed if signed else draw.some
        return program([make(*shape) for _ in range(count)], steps, draw.up(*shape))

    c = [float(np.round(draw.rng.uniform(1.1, 2.9), 3)) for _ in range(9)]
    return {
        "plus_times": [
            on((2, 3), 3, "* 0 1; + 3 2; * 4 2"),
            on((3,), 2, "+ 0 1; * 2 0"),
            program([draw.signed(2, 2), draw.signed(2, 2)], "+ 0 1; * 2 0"),
        ],
        "minus_divide": [
            on((2, 2), 4, "- 0 1; / 4 2; neg 5; * 6 3"),
            on((3,), 3, "/ 0 1; neg 3; - 2 4"),
        ],
        "numbers": [
            on((3,), 1, f"- {c[0]} 0; * {c[1]} 1; + 2 2.0"),
            on((2, 2), 1, f"/ {c[2]} 0; - 1 {c[3]}; + {c[4]} 2"),
            on((2,), 1, f"* 0 {c[5]}; / 1 {c[6]}; / 3.0 2"),
            on((), 1, f"- 5.0 0; * 1 {c[7]}; / 2 {c[8]}", signed=False),
        ],
        "power": [
            on((2, 2), 1, "** 0 2.5; ** 1 -1.5", signed=False),
            on((4,), 1, "** 0 3.0"),
            on((2, 2), 1, "** 0 -1.0"),
            on((3,), 1, "** 0 2.0"),
        ],
        "exp": [on((2, 2), 1, "exp 0"), on((3,), 1, "exp 0", signed=False)],
        "log": [on((2, 3), 1, "log 0", signed=False), on((), 1, "log 0", signed=False)],
        "tanh": [on((2, 2), 1, "tanh 0"), on((3,), 1, "tanh 0", signed=False)],
        "relu": [
            on((2, 3), 1, "relu 0"),
            program([draw.some(3, low=0.1, high=0.5)], "relu 0", draw.up(3)),
            program([-draw.some(3, low=0.1, high=0.5)], "relu 0", draw.up(3)),
        ],
    }


def _shapes(draw: _Draw) -> Programs:
    """Return what operations with different shapes are looked at with."""

    def pair(op: str, first: Shape, second: Shape) -> Program:
        up = draw.up(*np.broadcast_shapes(first, second))
        return program([draw.signed(*first), draw.signed(*second)], f"{op} 0 1", up)

    def one(step: str, shape: Shape, result: Shape) -> Program:
        return program([draw.signed(*shape)], step, draw.up(*result))

    def product(n: int, k: int, m: int) -> Program:
        return program([draw.signed(n, k), draw.signed(k, m)], "@ 0 1", draw.up(n, m))

    return {
        "broadcast": [
            pair("+", (3, 3), (3,)),
            pair("*", (3,), (2, 3)),
            pair("-", (2, 3), (2, 1)),
            pair("/", (1, 3), (2, 3)),
            pair("*", (3, 1), (1, 3)),
            pair("+", (2, 1), (4, 2, 3)),
            pair("/", (2, 2, 3), (2, 1)),
            pair("-", (), (2, 3)),
            pair("*", (2, 2), ()),
            pair("/", (3,), (1,)),
        ],
        "matmul": [product(2, 3, 4), product(3, 3, 3), product(1, 2, 3), product(4, 2, 1)],
        "sum": [
            one("sum 0", (2, 3), ()),
            one("sum 0", (4,), ()),
            one("sum 0 keep", (2, 3), (1, 1)),
            one("sum 0 0", (3, 3), (3,)),
            one("sum 0 1", (3, 3), (3,)),
            one("sum 0 1", (3, 4), (3,)),
            one("sum 0 -1 keep", (3, 3), (3, 1)),
            one("sum 0 0 keep", (2, 3), (1, 3)),
            one("sum 0 -2", (2, 4, 3), (2, 3)),
            one("sum 0 0", (3,), ()),
            one("sum 0 0 keep", (3,), (1,)),
            program(
                [draw.signed(2, 3)],
                "sum 0 0; sum 0 1 keep",
                draw.up(3),
                draw.up(2, 1),
                at=(1, 2),
            ),
        ],
        "reshape": [
            one("reshape 0 3,2", (2, 3), (3, 2)),
            one("reshape 0 6", (2, 3), (6,)),
            one("reshape 0 2,1,2", (4,), (2, 1, 2)),
            one("reshape 0 1,3", (3,), (1, 3)),
        ],
        "transpose": [
            one("transpose 0", (2, 3), (3, 2)),
            one("transpose 0", (3, 3), (3, 3)),
        ],
    }


def _graphs(draw: _Draw) -> Programs:
    """Return graphs in which Tensors have several users, all of one shape."""

    def on(shape: Shape, count: int, steps: str, at: Sequence[int] = (-1,)) -> Program:
        leaves = [draw.some(*shape, high=1.2) for _ in range(count)]
        return program(leaves, steps, *(draw.up(*shape) for _ in at), at=at)

    return {
        "branches": [
            on((2, 2), 2, "* 0 0; + 2 1; * 1 3"),
            on((3,), 1, "+ 0 0; * 1 1; + 2 1"),
            on((2,), 2, "* 0 1; + 2 0; * 2 3; * 4 2; + 5 3"),
            on((2, 2), 2, "+ 1 0; * 0 2; + 3 2; * 4 3"),
            on((2,), 2, "+ 0 1; + 2 0; + 3 2; + 2 4"),
            program([draw.some(2), draw.some(2)], "+ 0 1; + 0 2; * 0 3"),
        ],
        "accumulate": [
            on((2, 3), 3, "* 0 1; * 3 2; + 0 1; * 0 5", (4, 6)),
            on((2,), 2, "+ 0 1; + 1 0", (2, 3)),
        ],
        "zero_grad": [on((2, 2), 3, "* 0 1; + 2 3; * 4 2")],
        "no_grad": [
            on((2, 2), 2, "* 0 1 >> quiet: * 0 2; + 3 1 >> * 4 0; + 5 2"),
            program([draw.some(3)], "quiet: tanh 0 >> * 1 0"),
        ],
    }
