"""Names that students were given, and those of them that a student's code takes.

An answer that needs a given helper should not fail because some other cell has used the
helper's name for something else: it is tried once more with the given cells run again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.model import Assignment, Prepared, PreparedCell

_MAGIC = re.compile(r"^[ \t]*[%!?].*$", re.M)


def given_cells(assignment: Assignment, prepared: Prepared) -> tuple[PreparedCell, ...]:
    """Return the cells of a submission that give names and are as they were released."""
    released = {
        cell.key: cell.source.strip()
        for cell in assignment.cells
        if cell.kind in ("plain", "locked")
    }
    return tuple(
        cell
        for cell in prepared.cells
        if cell.cell_type == "code" and released.get(cell.key) == cell.source.strip()
    )


def taken_names(assignment: Assignment, prepared: Prepared) -> tuple[str, ...]:
    """Return the given names that the student's own cells bind anew, or change in place."""
    given = given_cells(assignment, prepared)
    names = {name for cell in given for name in _bound(cell.source)}
    own = (
        cell
        for cell in prepared.cells
        if cell.runs and cell.kind != "test" and cell not in given
    )
    return tuple(sorted(names & {name for cell in own for name in _bound(cell.source)}))


def _bound(source: str) -> Iterator[str]:
    """Yield the names that a cell binds, or assigns into, outside of any function."""
    try:
        waiting: list[ast.AST] = list(ast.parse(_MAGIC.sub("", source)).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
            continue
        if isinstance(node, (ast.Subscript, ast.Attribute)) and _is_target(node):
            yield from _root(node)
        elif isinstance(node, ast.Name) and _is_target(node):
            yield node.id
        elif isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
            continue
        waiting += ast.iter_child_nodes(node)


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _is_target(node: ast.Name | ast.Subscript | ast.Attribute) -> bool:
    return isinstance(node.ctx, (ast.Store, ast.Del))


def _root(node: ast.AST) -> Iterator[str]:
    """Yield the name in front of what is assigned into."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
