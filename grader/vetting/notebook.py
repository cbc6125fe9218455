"""What the instructor's notebook defines; its code runs in this process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.course.blanks import without_hidden_tests
from grader.course.folder import Course
from grader.course.notebooks import grade_id, read_source
from grader.errors import SourceError
from grader.grading.submission import Grader
from grader.model import SOLUTION_SUFFIX, Assignment, Job, Score, Submission
from grader.vetting.guard import TooSlowError, quietly, time_limit


@dataclass(frozen=True)
class SolutionNotebook:
    """The code cells of a solution notebook, to be run up to where one likes."""

    path: Path
    assignment: Assignment
    runnable: NotebookNode
    """The notebook without its hidden tests."""

    @classmethod
    def of(cls, course: Course, assignment: Assignment) -> SolutionNotebook:
        """Return the notebook of an assignment."""
        path = course.source(assignment.name)
        return cls(path, assignment, without_hidden_tests(read_source(path), course.config))

    @cached_property
    def cells(self) -> list[NotebookNode]:
        """Its code cells."""
        return [cell for cell in self.runnable.cells if cell.cell_type == "code"]

    @cached_property
    def names(self) -> dict[str, Any]:
        """What is defined after all cells have run."""
        return self.names_before("")

    def names_before(self, key: str) -> dict[str, Any]:
        """Return what is defined where the solution of a test cell stands.

        Raises:
            SourceError: a cell fails.
        """
        names: dict[str, Any] = {}
        for position, cell in enumerate(self.cells):
            if key and grade_id(cell) == key + SOLUTION_SUFFIX:
                break
            try:
                self._run(cell, position, names)
            except SourceError:
                if not _is_test(cell):  # a check that refuses is another rule's finding
                    raise
        return names

    def _run(self, cell: NotebookNode, position: int, names: dict[str, Any]) -> None:
        try:
            with self.trying(self.assignment.limits.cell_s):
                exec(compile(cell.source, f"{self.path.name}[{position}]", "exec"), names)
        except (Exception, SystemExit) as error:
            where = grade_id(cell) or f"code cell {position + 1}"
            if isinstance(error, TooSlowError):
                raise SourceError(
                    f"'{self.path.name}', cell '{where}': {error}, the limit of a "
                    "student's cell (cell_s of LIMITS)"
                ) from None
            raise SourceError(
                f"'{self.path.name}', cell '{where}': {type(error).__name__}: {error}"
            ) from error

    @contextlib.contextmanager
    def trying(self, seconds: float) -> Iterator[None]:
        """Run something silently, where the data of the assignment lies, not for ever.

        Raises:
            TooSlowError: it has computed for some seconds.
        """
        before = Path.cwd()
        os.chdir(self.path.parent)
        try:
            with time_limit(seconds), quietly():
                yield
        finally:
            os.chdir(before)

    @cached_property
    def as_submission(self) -> Mapping[str, Score]:
        """What the notebook earns when it is handed in: the score by exercise id.

        It runs where students' notebooks run, with the packages and limits they have.
        """
        submission = Submission(
            student="(the solution)",
            assignment=self.assignment.name,
            notebook=self.path.read_bytes(),
        )
        grader = Grader(self.assignment, b"the solution", "none")
        result = grader.grade_one(Job(submission=submission)).result
        if result.problem or result.grader_fault:
            raise SourceError(f"'{self.path.name}' handed in: {result.problem}")
        return {score.id: score for score in result.scores}

    def solution(self, key: str) -> str:
        """Return the source of the cell that answers a test cell; empty without one."""
        wanted = key + SOLUTION_SUFFIX
        return next((c.source for c in self.cells if grade_id(c) == wanted), "")

    def check(self, key: str) -> str:
        """Return what students see of a test cell."""
        return next(c.source for c in self.cells if grade_id(c) == key)


def _is_test(cell: NotebookNode) -> bool:
    data = cell.metadata.get("nbgrader", {})
    return bool(data.get("grade")) and not data.get("solution")
