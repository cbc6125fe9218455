"""Small faults put into right code, one at a time, to see whether the inputs notice.

A mutant that still earns full marks is either equivalent to the original, which has to
be argued in the exercise's `EQUIVALENTS`, or a fault that a student could make unnoticed.
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
NAMES = {
    "maximum": "minimum",
    "minimum": "maximum",
    "max": "min",
    "min": "max",
    "sum": "mean",
    "mean": "sum",
    "argmax": "argmin",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "sin": "cos",
    "cos": "sin",
    "exp": "expm1",
    "log": "log1p",
    "tanh": "sinh",
    "cosh": "sinh",
    "sqrt": "square",
    "square": "sqrt",
    "argsort": "argmax",
    "cumsum": "cumprod",
}


@dataclass(frozen=True)
class Mutant:
    """One fault: the line as it was and as it is, and the whole source with it."""

    name: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield the mutants of a cell; only function and class bodies are changed."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    seen = {original}
    for body in (n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))):
        for node in ast.walk(body):
            for change in _changes(node):
                other = _changed(tree, node, change)
                if other in seen:
                    continue
                seen.add(other)
                yield Mutant(_difference(original, other), other)


def _difference(before: str, after: str) -> str:
    """Return the changed line, old and new; a statement may have become several."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    changed: dict[str, list[str]] = {"-": [], "+": []}
    for line in lines:
        if line[0] in changed:
            changed[line[0]].append(line[2:].strip())
    return " → ".join(" ".join(part) for part in changed.values())


def _changed(tree: ast.Module, node: ast.AST, change: Callable[[ast.AST], None]) -> str:
    """Return the source with one node changed, the tree left as it was."""
    path = {id(n): i for i, n in enumerate(ast.walk(tree))}
    other = copy.deepcopy(tree)
    twin = next(n for i, n in enumerate(ast.walk(other)) if i == path[id(node)])
    change(twin)
    return ast.unparse(ast.fix_missing_locations(other))


def _changes(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    """Yield what can go wrong at a node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for op in SWAPS.get(type(node.op), ()):
            yield _set("op", op)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
        yield _swap_operands
    if isinstance(node, ast.Compare):
        for op in SWAPS.get(type(node.ops[0]), ()):
            yield _set("ops", partial(_only, op))
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if node.attr in NAMES:
            name = NAMES[node.attr]
            yield _set("attr", lambda: name)
    if isinstance(node, (ast.If, ast.IfExp)):
        yield _negate
    if isinstance(node, (ast.FunctionDef, ast.For, ast.If, ast.While)):
        for position, statement in enumerate(node.body):
            droppable = (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If)
            if isinstance(statement, droppable) and not _is_docstring(statement):
                yield _drop(position)
            if isinstance(statement, ast.AugAssign):
                yield _assign(position)
    yield from _operands(node)


def _operands(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    """Yield a missing sign or transposition, and arguments in the wrong order."""
    for name, child in ast.iter_fields(node):
        signed = isinstance(child, ast.UnaryOp) and isinstance(
            child.op, (ast.USub, ast.Not)
        )
        if signed or (isinstance(child, ast.Attribute) and child.attr == "T"):
            yield _replace(name)
    if isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords:
        yield lambda n: n.args.reverse()  # type: ignore[attr-defined]


def _constants(value: object) -> Iterator[Callable[[ast.AST], None]]:
    others: tuple[object, ...] = ()
    if isinstance(value, bool):
        others = (not value,)
    elif isinstance(value, int):
        others = (value + 1, -value if value else -1)
    elif isinstance(value, float):
        others = (2 * value if value else 1.0, -value if value else -1.0)
    for other in others:
        yield _set("value", partial(copy.copy, other))


def _only(make: Callable[[], object]) -> list[object]:
    return [make()]


def _set(name: str, make: Callable[[], object]) -> Callable[[ast.AST], None]:
    """Return a change: the node's attribute is what ``make`` makes."""
    return lambda node: setattr(node, name, make())


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _swap_operands(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.left, node.right = node.right, node.left


def _negate(node: ast.AST) -> None:
    assert isinstance(node, (ast.If, ast.IfExp))
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _drop(position: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        node.body[position] = ast.Pass()  # type: ignore[attr-defined]

    return change


def _assign(position: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        old = node.body[position]  # type: ignore[attr-defined]
        node.body[position] = ast.Assign([old.target], old.value)  # type: ignore[attr-defined]

    return change


def _replace(name: str) -> Callable[[ast.AST], None]:
    """Put the operand of a sign, or the array of a `.T`, in its place."""

    def change(node: ast.AST) -> None:
        child = getattr(node, name)
        inner = child.operand if isinstance(child, ast.UnaryOp) else child.value
        setattr(node, name, inner)

    return change
