"""The instructor's side of an assignment: its notebook joined with its exercises."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from grader.course import exercises
from grader.course.blanks import released_versions
from grader.course.exercises import FOLDER, ExerciseBook, ExerciseFile
from grader.course.folder import Course
from grader.course.notebooks import grade_id, read_source
from grader.course.points_line import state_points
from grader.errors import SourceError
from grader.kernel.specs import PROFILES, checked_files
from grader.limits import Limits
from grader.model import Assignment, CellKind, Profile, SourceCell

IGNORED = (".ipynb_checkpoints", "__pycache__", "feedback", FOLDER)
"""What lies beside a notebook and is never copied to students."""


def load_assignment(course: Course, name: str, *, points: bool = True) -> Assignment:
    """Return the assignment in ``solutions/`` with its exercises attached.

    Args:
        course: the course.
        name: of the assignment.
        points: whether the texts say what the points are for, as students' do. For that
            the exercises' cases are made, by code that may fail or never end.

    Raises:
        SourceError: the notebook and the files in ``exercises/`` contradict each other.
    """
    return load_both(course, name, points=points)[0]


def load_both(
    course: Course, name: str, *, points: bool = True
) -> tuple[Assignment, NotebookNode]:
    """Return an assignment as `load_assignment` does, and the notebook students get."""
    course.require(name)
    path = course.source(name)
    notebook = read_source(path)
    _check_ids(notebook, path)
    book = load_exercises(course, name)
    versions = released_versions(notebook, name, course.config)
    if points:
        for version in (versions.public, versions.full):
            state_points(version, book.files)
    cells = tuple(
        _source_cell(public, full, path, book.files)
        for public, full in zip(versions.public.cells, versions.full.cells, strict=True)
    )
    graded = [book.files[cell.exercise] for cell in cells if cell.exercise]
    _check_graded_once(graded, book, path)
    _check_profile(book.profile, notebook, path)
    assignment = Assignment(
        name=name,
        cells=cells,
        exercises=tuple(file.exercise for file in graded),
        source=book.source,
        metadata=dict(versions.public.metadata),
        profile=book.profile,
        limits=book.limits,
        files=_data(path, book.limits),
    )
    return assignment, versions.public


def load_exercises(course: Course, name: str) -> ExerciseBook:
    """Return what lies in ``exercises/`` beside the assignment's notebook."""
    return exercises.load(course.source(name).parents[1], name)


def copy_assignment(course: Course, name: str, to: Path) -> None:
    """Copy the instructor's side of an assignment into another folder of assignments.

    Notebook, data and exercises, and what these import from other assignments.
    """
    folder = course.source(name).parent
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(folder, to / name, ignore=ignored, dirs_exist_ok=True)
    for path, text in load_exercises(course, name).source.files:
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_text(text, "utf-8")


def _data(notebook: Path, limits: Limits) -> dict[str, bytes]:
    """Return the data beside a notebook by file name.

    Raises:
        SourceError: no kernel would take it.
    """
    found = {file.name: file.read_bytes() for file in _extra_files(notebook)}
    size = sum(map(len, found.values()))
    if 2 * size > limits.files_bytes:
        raise SourceError(
            f"the data beside '{notebook}' has {size:,} bytes, expected half of the limit "
            f"of {limits.files_bytes:,} at most: raise files_bytes of LIMITS in "
            f"'{FOLDER}/__init__.py', or make it smaller"
        )
    return found


def _extra_files(notebook: Path) -> Iterator[Path]:
    """Yield the data beside a notebook, which students get as well.

    Raises:
        SourceError: something else lies there, and nbgrader would copy it, too.
    """
    for file in sorted(notebook.parent.iterdir()):
        if file == notebook or file.name in IGNORED or file.suffix == ".pyc":
            continue
        if not file.is_file() or file.suffix in (".ipynb", ".py") or file.name[0] == ".":
            raise SourceError(
                f"'{file}' lies beside '{notebook.name}', and students would get it: data "
                f"is files such as .csv or .npz; all else belongs into '{FOLDER}/', or "
                "elsewhere"
            )
        try:
            checked_files({file.name: b""}, Limits())
        except ValueError as error:
            raise SourceError(f"'{file}': {error}; rename it") from None
        yield file


def _check_ids(notebook: NotebookNode, path: Path) -> None:
    ids = [grade_id(cell) for cell in notebook.cells if grade_id(cell)]
    for twice, count in Counter(ids).items():
        if count > 1:
            raise SourceError(
                f"'{path.name}': grade id '{twice}' is used by {count} cells; "
                "ids must be unique within an assignment"
            )


def _check_graded_once(graded: list[ExerciseFile], book: ExerciseBook, path: Path) -> None:
    counts = Counter(file.exercise.id for file in graded)
    for name, file in book.files.items():
        if counts[name] != 1:
            cells = f"{counts[name]} cells" if counts[name] else "no cell"
            line = f'grade("{name}", {file.exercise.function})'
            raise SourceError(
                f"'{file.path}': {cells} of '{path.name}' grade {name}, expected one: "
                f"write {line} into the hidden tests of its test cell, or take the file "
                "away"
            )


def _check_profile(profile: Profile, notebook: NotebookNode, path: Path) -> None:
    """Refuse a notebook that imports what only another profile shows to students' code."""
    here, code = (
        set(PROFILES[profile].imports),
        [cell.source for cell in notebook.cells if cell.cell_type == "code"],
    )
    for name, other in PROFILES.items():
        for module in set(other.imports) - here:
            if any(re.search(rf"(?m)^\s*(import|from) {module}\b", text) for text in code):
                raise SourceError(
                    f"'{path.name}' imports {module}, and where students' code runs there "
                    f"is none: write PROFILE = \"{name}\" into '{FOLDER}/__init__.py' "
                    f"(it is '{profile}')"
                )


def _source_cell(
    public: NotebookNode, full: NotebookNode, path: Path, files: Mapping[str, ExerciseFile]
) -> SourceCell:
    data = public.metadata.get("nbgrader", {})
    kind = _kind(data)
    exercise = ""
    if kind == "test":
        file = _graded_exercise(full.source, path, grade_id(public), files)
        exercise = file.exercise.id
        if float(data["points"]) != file.exercise.points:
            raise SourceError(
                f"'{path.name}' cell '{grade_id(public)}' is worth {data['points']} "
                f"points, {exercise} in '{file.path}' {file.exercise.points:g}: give "
                "both the same"
            )
    return SourceCell(
        key=grade_id(public) or public["id"],
        kind=kind,
        cell_type=public.cell_type,
        source=public.source,
        metadata=dict(public.metadata),
        points=0.0 if kind in ("plain", "locked", "solution") else float(data["points"]),
        exercise=exercise,
        checksum=full.metadata.get("nbgrader", {}).get("checksum", ""),
        full_source=full.source,
        attachments=public.get("attachments", {}),
    )


def _kind(data: NotebookNode) -> CellKind:
    if data.get("task"):
        return "task"
    if data.get("grade") and data.get("solution"):
        return "manual"
    if data.get("solution"):
        return "solution"
    if data.get("grade"):
        return "test"
    return "locked" if data.get("locked") else "plain"


def _graded_exercise(
    source: str, path: Path, key: str, files: Mapping[str, ExerciseFile]
) -> ExerciseFile:
    """Return what the line ``grade("G08.2", hidden_delta)`` of a test cell grades."""
    where = f"'{path.name}' cell '{key}'"
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise SourceError(f"{where}, line {error.lineno}: {error.msg}") from None
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="grade"),
                args=[ast.Constant(value=str(exercise_id)), ast.Name(id=function)],
                keywords=[],
            ):
                found.append((exercise_id, function))
            case ast.Call(func=ast.Name(id="grade") | ast.Attribute(attr="grade")):
                raise SourceError(
                    f"{where}, line {node.lineno}: found {ast.unparse(node)}, expected "
                    'grade("G…", function): an id in quotes and a name'
                )
    if len(found) != 1:
        lines = f"{len(found)} lines" if found else "no line"
        raise SourceError(
            f'{where} has points, and {lines} grade("G…", function) in its hidden tests, '
            "expected one"
        )
    return _named(*found[0], where, files)


def _named(
    exercise_id: str, function: str, where: str, files: Mapping[str, ExerciseFile]
) -> ExerciseFile:
    file = files.get(exercise_id)
    if file is None:
        known = ", ".join(files) or "none"
        raise SourceError(
            f"{where} grades {exercise_id}, and {FOLDER}/ beside the notebook "
            f"has no such exercise (there are: {known}): add "
            f"'{exercises.file_stem(exercise_id, function)}.py', or put the id right"
        )
    if file.exercise.function != function:
        raise SourceError(
            f"{where} grades '{function}', {exercise_id} in '{file.path}' expects "
            f"'{file.exercise.function}'"
        )
    return file
