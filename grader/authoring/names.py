"""What a new exercise may be called, and what its assignment has already."""

from __future__ import annotations

import math
import re
import symtable
from collections.abc import Iterable, Sequence
from keyword import iskeyword
from string import digits

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from grader.course.notebooks import grade_id
from grader.errors import UsageError
from grader.model import Assignment
from grader.report.records import test_cell_id

RESERVED = ("np", "check", "grade")
"""What the new cells import."""
MAX_CELL_ID = 64
"""Characters of a cell's id, by the format of notebooks."""
_ID = re.compile(r"[A-Z]+[0-9]+\.[0-9]+")
_TASK = re.compile(r"[A-Z]+[0-9]+-[0-9]+(?![^-])")
"""How the grade id of a cell begins that belongs to a task: ``G08-2-hidden_delta``."""


def cell_ids(exercise_id: str, function: str) -> tuple[str, str, str]:
    """Return the ids of the task, the solution cell and the test cell."""
    name = test_cell_id(exercise_id, function).lower().replace("_", "-")
    return f"{name}-task", f"{name}-solution", name


def refuse_nonsense(exercise_id: str, function: str, points: float) -> None:
    """Raise `UsageError` for what no notebook could hold."""
    if not _ID.fullmatch(exercise_id):
        raise UsageError(
            f"'{exercise_id}' is no id of an exercise: expected capital letters A-Z, a "
            "number, a dot and a number, as in G08.2"
        )
    _refuse_function(exercise_id, function)
    if not 0 < points < math.inf:
        raise UsageError(f"--points is {points:g}, expected a number above 0, such as 2")


def _refuse_function(exercise_id: str, function: str) -> None:
    if not function.isidentifier() or iskeyword(function):
        raise UsageError(
            f"'{function}' is no name of a function in Python: expected letters, digits "
            "and '_', as in hidden_delta, and no word of the language"
        )
    if not function.isascii():
        raise UsageError(
            f"'{function}' is a name in Python, but stands in the grade id "
            f"'{test_cell_id(exercise_id, function)}', where nbgrader allows only A-Z, "
            "a-z, 0-9, '_' and '-': write it with these, as in hidden_delta"
        )
    excess = max(map(len, cell_ids(exercise_id, function))) - MAX_CELL_ID
    if excess > 0:
        raise UsageError(
            f"'{test_cell_id(exercise_id, function)}' is {excess} characters too long for "
            f"the ids of its cells, which have at most {MAX_CELL_ID}: shorten it"
        )


def refuse_taken(
    assignment: Assignment, cells: Sequence[NotebookNode], exercise_id: str, function: str
) -> None:
    """Raise `UsageError` for what an assignment has already.

    Args:
        assignment: with its exercises.
        cells: of the instructor's notebook.
        exercise_id: of the new exercise.
        function: its name.
    """
    ids = {grade_id(cell) for cell in cells}
    ids |= {test_cell_id(e.id, e.function) for e in assignment.exercises}
    _refuse_number(assignment.name, ids, exercise_id)
    ids |= {cell.get("id", "") for cell in cells}
    for twice in ids & set(cell_ids(exercise_id, function)):
        raise UsageError(
            f"'{assignment.name}' has a cell '{twice}' already: delete it, or take "
            "another name"
        )
    for cell in cells:
        if function in _defined(cell):
            raise UsageError(
                f"cell '{grade_id(cell) or cell.get('id', '')}' of '{assignment.name}' "
                f"defines '{function}' already: take another name"
            )
    if function in RESERVED:
        raise UsageError(
            f"'{function}' is what test cells import under that name: take another one"
        )


def _refuse_number(assignment: str, ids: Iterable[str], exercise_id: str) -> None:
    """Refuse an id whose numbers a task has already; G1.1 is G01.1."""
    tasks = sorted(filter(_TASK.match, ids), reverse=True)  # tests after solutions
    taken = {_numbers(name): name for name in tasks}
    letters, chapter, number = _numbers(exercise_id.replace(".", "-"))
    if (letters, chapter, number) in taken:
        last = max(n for a, b, n in taken if (a, b) == (letters, chapter))
        raise UsageError(
            f"'{assignment}' has an exercise of the number {exercise_id} already, "
            f"'{taken[letters, chapter, number]}': take another one, such as "
            f"{exercise_id.rpartition('.')[0]}.{last + 1}"
        )


def _numbers(name: str) -> tuple[str, int, int]:
    """Return ("G", 8, 2) for G08-2-hidden_delta, or G08-2."""
    first, number = name.split("-")[:2]
    letters = first.rstrip(digits)
    return letters, int(first.removeprefix(letters)), int(number)


def _defined(cell: NotebookNode) -> set[str]:
    """Return the names a cell binds; a cell that is no Python binds none."""
    if cell.cell_type != "code":
        return set()
    source = TransformerManager().transform_cell(cell.source)
    try:
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError):
        return set()
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
