"""Simulated students, and what they hand in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grader.course.folder import Course
from grader.course.notebooks import grade_id, read_source
from grader.errors import UsageError


@dataclass
class Person:
    """A simulated student."""

    name: str
    answers: dict[str, str] = field(default_factory=dict)
    """Exercise id -> source of the solution cell; blank where missing."""
    damage: Callable[[NotebookNode], object] | None = None
    """Done to the notebook before it is handed in."""
    raw: bytes | None = None
    """Handed in instead of a notebook."""
    file_name: str = ""
    """If not the assignment's own."""
    expected: dict[str, str] = field(default_factory=dict)
    """Exercise id -> code of the mistake that was built in."""


def solutions(course: Course, assignment: str = "") -> dict[str, str]:
    """Return the instructor's answers by task id, those to be marked by hand included.

    Without a name it is the course's only assignment.
    """
    found = {}
    for cell in read_source(course.source(assignment or _only(course))).cells:
        if is_answer(cell):
            own = [line for line in cell.source.split("\n") if "### " not in line]
            found[task_id(cell)] = "\n".join(own)
    return found


def is_answer(cell: NotebookNode) -> bool:
    """Whether a cell is there for the student to fill in."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def task_id(cell: NotebookNode) -> str:
    """Return ``G08.2`` for a cell with the grade id ``G08-2-hidden_delta-solution``."""
    letters, number, _ = grade_id(cell).split("-", 2)
    return f"{letters}.{number}"


def mistaken(solution: str, edits: tuple[tuple[str, str], ...]) -> str:
    """Return a solution with a mistake in it."""
    for old, new in edits:
        if old not in solution:
            raise ValueError(f"the solution does not contain {old!r}")
        solution = solution.replace(old, new)
    return solution


def hand_in(course: Course, person: Person, assignment: str = "") -> None:
    """Write what a person hands in, as nbgrader's collect would leave it.

    Without a name it is for the course's only assignment.
    """
    name = assignment or _only(course)
    folder = course.submission(person.name, name)
    folder.mkdir(parents=True)
    if person.file_name == "link":
        os.symlink(course.source(name), folder / f"{name}.ipynb")
        return
    data = person.raw
    if data is None:
        notebook = _filled(read_source(course.released(name)), person.answers)
        if person.damage:
            person.damage(notebook)
        data = json.dumps(notebook, ensure_ascii=False).encode()
    (folder / (person.file_name or f"{name}.ipynb")).write_bytes(data)


def _only(course: Course) -> str:
    names = course.assignments()
    if len(names) != 1:
        raise UsageError(f"which assignment is meant? There are: {', '.join(names)}")
    return names[0]


def _filled(notebook: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answers.get(task_id(cell), cell.source).strip("\n")
    return notebook
