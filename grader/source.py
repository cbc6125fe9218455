"""The instructor's side of an assignment: its notebook joined with its table."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from grader import exercises
from grader.blanks import released_versions
from grader.course import Course
from grader.errors import SourceError
from grader.limits import Limits
from grader.model import Assignment, CellKind, Exercise, SourceCell
from grader.notebooks import grade_id, read_source


def load_assignment(course: Course, name: str) -> Assignment:
    """Return the assignment in ``solutions/`` with its exercises attached.

    Raises:
        SourceError: notebook and table contradict each other.
    """
    course.require(name)
    path = course.source(name)
    notebook = read_source(path)
    _check_ids(notebook, path)
    versions = released_versions(notebook, name, course.config)
    cells = tuple(
        _source_cell(public, full, path)
        for public, full in zip(versions.public.cells, versions.full.cells, strict=True)
    )
    table = exercises.table(name)
    return Assignment(
        name=name,
        cells=cells,
        metadata=dict(versions.public.metadata),
        profile=getattr(table, "PROFILE", "numpy"),
        limits=getattr(table, "LIMITS", Limits()),
        files={file.name: file.read_bytes() for file in _extra_files(path)},
    )


def _extra_files(notebook: Path) -> Iterator[Path]:
    for file in sorted(notebook.parent.iterdir()):
        if file.is_file() and file.suffix not in (".ipynb", ".py") and file.name[0] != ".":
            yield file


def _check_ids(notebook: NotebookNode, path: Path) -> None:
    ids = [grade_id(cell) for cell in notebook.cells if grade_id(cell)]
    for twice, count in Counter(ids).items():
        if count > 1:
            raise SourceError(
                f"'{path.name}': grade id '{twice}' is used by {count} cells; "
                "ids must be unique within an assignment"
            )


def _source_cell(public: NotebookNode, full: NotebookNode, path: Path) -> SourceCell:
    data = public.metadata.get("nbgrader", {})
    kind = _kind(data)
    exercise = None
    if kind == "test":
        exercise = _graded_exercise(full.source, path, grade_id(public))
        if exercise and float(data["points"]) != exercise.points:
            raise SourceError(
                f"'{path.name}' cell '{grade_id(public)}' is worth {data['points']} "
                f"points, its table entry {exercise.id} {exercise.points:g}"
            )
    return SourceCell(
        key=grade_id(public) or public["id"],
        kind=kind,
        cell_type=public.cell_type,
        source=public.source,
        metadata=dict(public.metadata),
        points=float(data.get("points", 0) or 0) if data.get("grade") else 0.0,
        exercise=exercise,
        checksum=full.metadata.get("nbgrader", {}).get("checksum", ""),
        full_source=full.source,
    )


def _kind(data: NotebookNode) -> CellKind:
    if data.get("task") or (data.get("grade") and data.get("solution")):
        return "manual"
    if data.get("solution"):
        return "solution"
    if data.get("grade"):
        return "test"
    return "locked" if data.get("locked") else "plain"


def _graded_exercise(source: str, path: Path, key: str) -> Exercise:
    """Return what the line ``grade("G08.2", hidden_delta)`` of a test cell grades."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Name(id="grade"),
                args=[ast.Constant(value=str(exercise_id)), ast.Name(id=function)],
            ):
                exercise = exercises.find(exercise_id)
                if exercise.function != function:
                    raise SourceError(
                        f"'{path.name}' cell '{key}' grades '{function}', its table "
                        f"entry {exercise_id} expects '{exercise.function}'"
                    )
                return exercise
    raise SourceError(
        f"'{path.name}' cell '{key}' has points but no line "
        'grade("G…", function) in its hidden tests'
    )
