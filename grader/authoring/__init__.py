"""The commands ``init`` and ``new-exercise``: a course, and a task, to begin with."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from string import ascii_uppercase

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.authoring.names import cell_ids, refuse_nonsense, refuse_taken
from grader.course.assignment import load_assignment
from grader.course.exercises import FOLDER, file_stem
from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.course.notebooks import read_source, write_text
from grader.errors import UsageError
from grader.model import SOLUTION_SUFFIX
from grader.report.records import test_cell_id


def init(folder: Path) -> Path:
    """Make a small course in an empty or new folder.

    Raises:
        UsageError: there is something in it already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"'{folder}' is not empty: name a new folder, so that nothing is overwritten"
        )
    with as_file(files(__name__) / "template") as template:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(template, folder, dirs_exist_ok=True, ignore=ignored)
    return folder


def new_exercise(
    course: Course, assignment: str, exercise_id: str, function: str, points: float
) -> Path:
    """Add three cells to an assignment's notebook, and the file of their exercise.

    Both are complete: a function that doubles, to be replaced part by part.

    Returns:
        The new file.

    Raises:
        UsageError: the id or the name cannot be used, or is used already.
        SourceError: the assignment is inconsistent already.
    """
    refuse_nonsense(exercise_id, function, points)
    loaded = load_assignment(course, assignment)
    notebook_path = course.source(assignment)
    notebook = read_source(notebook_path)
    refuse_taken(loaded, notebook.cells, exercise_id, function)
    notebook.cells += _cells(exercise_id, function, _plain(points))
    changed = write_text(notebook)
    path = notebook_path.parent / FOLDER / f"{file_stem(exercise_id, function)}.py"
    write_atomically(path, _file(exercise_id, function, _plain(points)))
    write_atomically(notebook_path, changed)
    return path


def _plain(points: float) -> float:
    """Return a whole number as such, so that it is written as people write it."""
    return int(points) if points == int(points) else points


def _file(exercise_id: str, function: str, points: float) -> str:
    with as_file(files(__name__) / "exercise.txt") as template:
        text = template.read_text("utf-8")
    for name, value in (
        ("<ID>", exercise_id),
        ("<CODE>", f"M{exercise_id.lstrip(ascii_uppercase)}"),
        ("<FUNCTION>", function),
        ("<POINTS>", str(points)),
    ):
        text = text.replace(name, value)
    return text


def _cells(exercise_id: str, function: str, points: float) -> tuple[NotebookNode, ...]:
    worth = "1 point" if points == 1 else f"{points} points"
    task = (
        f"### Task {exercise_id} · `{function}` ({worth})\n\n"
        "Return twice the array; the arguments are left unchanged. *(Replace this task by "
        "yours: formula, shapes, edge cases.)*"
    )
    answer = (
        f'def {function}(x):\n    """Twice an array of any shape: array."""\n'
        "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    )
    test = (
        "import numpy as np\n\nfrom utils import check\n\n"
        f'check.close({function}(np.array([1.5, -2.0])), [3.0, -4.0], "two numbers")\n'
        "### BEGIN HIDDEN TESTS\nfrom grader import grade\n\n"
        f'grade("{exercise_id}", {function})\n### END HIDDEN TESTS'
    )
    key = test_cell_id(exercise_id, function)
    ids = cell_ids(exercise_id, function)
    return (
        new_markdown_cell(task, id=ids[0]),
        _nbgrader_cell(answer, key + SOLUTION_SUFFIX, ids[1], solution=True),
        _nbgrader_cell(test, key, ids[2], grade=True, locked=True, points=points),
    )


def _nbgrader_cell(
    source: str, grade_id: str, cell_id: str, **data: object
) -> NotebookNode:
    metadata = {
        "cell_type": "code",
        "grade": False,
        "grade_id": grade_id,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **data,
    }
    return new_code_cell(source, id=cell_id, metadata={"nbgrader": metadata})
