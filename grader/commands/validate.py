"""Run notebooks under nbval: stored outputs against those of a fresh kernel.

Lectures and solutions are compared output by output, solutions without their hidden tests,
which run nowhere. Any other notebook is a student's: `utils.validate`, which students have
too, runs a copy of it in the box and says what does not hold.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from grader.course.blanks import without_hidden_tests
from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.course.notebooks import grade_id, read_source, write_text
from grader.errors import SourceError, UsageError

CELL_TIMEOUT_S = 120
"""nbval's own default is 2000 s, and a dead kernel is noticed only then."""
CONFINED = "course-confined-torch"
"""Kernelspec for notebooks that the instructor has not written."""
PYTHON = (sys.executable, "-P", "-m")
"""Python that imports nothing from the current folder, wherever that is."""


def notebooks(course: Course, wanted: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return the notebooks that are meant: the course's own, and students'.

    Args:
        course: the course.
        wanted: files, or names of lectures and assignments; all of the course if empty.

    Raises:
        UsageError: a name matches nothing.
    """
    lectures = sorted((course.root / "lectures").glob("*.ipynb"))
    solutions = [course.source(name) for name in course.assignments()]
    if not wanted:
        return lectures + solutions, []
    known = {path.stem: path.resolve() for path in lectures + solutions}
    own: list[Path] = []
    others: list[Path] = []
    for name in wanted:
        path = Path(name).resolve() if Path(name).is_file() else known.get(Path(name).name)
        if path is None:
            raise UsageError(f"no notebook '{name}'; there are: {', '.join(known)}")
        (own if path in known.values() else others).append(path)
    return own, others


@contextmanager
def runnable(course: Course, paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give the files to run in place of the course's own notebooks.

    A solution's is a copy without hidden tests, with what lies beside it; a lecture is its
    own.
    """
    solutions = {course.source(name).resolve() for name in course.assignments()}
    with tempfile.TemporaryDirectory(prefix="grader-validate-") as folder:
        found = []
        for path in paths:
            if path.resolve() in solutions:
                copy = Path(folder, path.parent.name, path.name)
                shutil.copytree(path.parent, copy.parent)
                notebook = without_hidden_tests(read_source(path), course.config)
                copy.write_text(write_text(notebook), encoding="utf-8")
                found.append(copy)
            else:
                found.append(path)
        yield found


def validate(course: Course, wanted: Sequence[str], *, kernel: str = "") -> int:
    """Execute notebooks in fresh kernels and say what does not hold.

    Args:
        course: the course.
        wanted: paths, or names of lectures and assignments; all if empty.
        kernel: kernelspec; if empty, the course's notebooks name their own, and
            students' run confined.

    Returns:
        0 if everything holds, 1 otherwise.
    """
    own, others = notebooks(course, wanted)
    codes = []
    if own:
        command = [*PYTHON, "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "utils.nbval_kernels"]
        command += [f"--nbval-cell-timeout={CELL_TIMEOUT_S}"]
        command += [f"--nbval-kernel-name={kernel}"] if kernel else []
        command += ["-o", "addopts=", "-o", "filterwarnings=ignore"]
        with runnable(course, own) as paths:
            run = [*command, *map(str, paths)]
            codes.append(subprocess.run(run, cwd=course.root, check=False).returncode)
    if others:
        check = [*PYTHON, "utils.validate", "--alone"]
        check += ["--kernel", kernel or CONFINED, *map(str, others)]
        codes.append(subprocess.run(check, cwd=course.root, check=False).returncode)
    return 1 if any(codes) else 0


def store(course: Course, wanted: Sequence[str]) -> list[Path]:
    """Execute the course's own notebooks and keep what they print.

    Pictures stand in place of sliders, as they do in the committed files.

    Returns:
        The files whose outputs changed.

    Raises:
        UsageError: a notebook is a student's.
        SourceError: a cell fails; its file stays as it was.
    """
    own, others = notebooks(course, wanted)
    if others:
        raise UsageError(f"'{others[0]}' is no notebook of this course")
    changed = []
    with runnable(course, own) as paths:
        for path, copy in zip(own, paths, strict=True):
            if _stored(path, copy):
                changed.append(path)
    return changed


def _stored(path: Path, copy: Path) -> bool:
    """Execute ``copy`` and put its outputs into ``path``; say whether that changed it."""
    notebook, executed = read_source(path), read_source(copy)
    client = NotebookClient(
        executed,
        timeout=CELL_TIMEOUT_S,
        record_timing=False,
        resources={"metadata": {"path": str(copy.parent)}},
    )
    try:
        client.execute(env={**os.environ, "COURSE_STATIC": "1"})
    except CellExecutionError as error:
        failed = next((c for c in executed.cells if _has_error(c)), None)
        where = f"cell '{grade_id(failed) or failed['id']}' fails" if failed else "it fails"
        raise SourceError(
            f"'{path.name}' was left as it is: {where} with {error.ename}: {error.evalue}"
        ) from error
    for cell, ran in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = ran.outputs
            cell.execution_count = ran.execution_count
    text = write_text(notebook)
    if path.read_text("utf-8") == text:
        return False
    write_atomically(path, text)
    return True


def _has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))
