"""nbgrader's database: the only module that reads or writes it.

One process writes, and rows exist before scores arrive. What a person entered (manual
scores, comments, extra credit) is never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedNotebook,
)
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc

from grader.course import Course
from grader.model import Assignment, Result, SourceCell, Submission


class CourseGradebook:
    """The course's gradebook, open; use as a context manager, in one process."""

    def __init__(self, course: Course) -> None:
        directory = course.directory
        _put_alembic_on_path()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy on nbgrader's own models
            self._book = Gradebook(directory.db_url, directory.course_id)
        self._config = course.config
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> CourseGradebook:
        self._warnings.__enter__()
        warnings.filterwarnings("ignore", module="nbgrader")
        return self

    def __exit__(self, *error: object) -> None:
        self._book.close()
        self._warnings.__exit__(None, None, None)

    def register(self, assignment: Assignment) -> None:
        """Make the database know the assignment's notebook as it is now.

        Unlike nbgrader's own step this also works when submissions exist: new cells get
        empty grades, cells that are gone lose theirs.
        """
        name, book = assignment.name, self._book
        book.update_or_create_assignment(name)
        kernelspec = json.dumps(assignment.metadata.get("kernelspec", {}))
        notebook = book.update_or_create_notebook(name, name, kernelspec=kernelspec)
        graded = [cell for cell in assignment.cells if cell.kind != "plain"]
        known = {cell.key for cell in graded}
        rows = notebook.grade_cells + notebook.solution_cells
        rows += notebook.task_cells + notebook.source_cells
        for row in (row for row in rows if row.name not in known):
            for part in (*getattr(row, "grades", ()), *getattr(row, "comments", ())):
                book.db.delete(part)
            book.db.delete(row)
        for cell in graded:
            self._register_cell(assignment, cell)
        book.db.commit()
        for submitted in notebook.submissions:
            self._complete_rows(submitted)

    def _register_cell(self, assignment: Assignment, cell: SourceCell) -> None:
        name, book = assignment.name, self._book
        data = cell.metadata.get("nbgrader", {})
        where = (cell.key, name, name)
        points = {"max_score": cell.points, "cell_type": cell.cell_type}
        if data.get("grade"):
            book.update_or_create_grade_cell(*where, **points)
        if data.get("solution"):
            book.update_or_create_solution_cell(*where)
        if data.get("task"):
            book.update_or_create_task_cell(*where, **points)
        book.update_or_create_source_cell(
            *where,
            cell_type=cell.cell_type,
            locked=cell.kind in ("test", "locked"),
            source=cell.full_source,
            checksum=cell.checksum,
        )

    def _complete_rows(self, submitted: SubmittedNotebook) -> None:
        """Add the grades and comments a submission lacks since cells were added."""
        book, notebook = self._book, submitted.notebook
        grades = {grade.cell_id for grade in submitted.grades}
        comments = {comment.cell_id for comment in submitted.comments}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            if cell.id not in grades:
                book.db.add(Grade(cell_id=cell.id, notebook=submitted))
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            if cell.id not in comments:
                book.db.add(Comment(cell_id=cell.id, notebook=submitted))
        book.db.commit()

    def create_rows(self, submissions: Iterable[Submission]) -> None:
        """Create student and submission rows, with nbgrader's reading of timestamps."""
        for submission in submissions:
            self._book.update_or_create_student(submission.student)
            extra = {}
            if submission.timestamp:
                # the student's word: an unreadable one counts as none
                with contextlib.suppress(ValueError, OverflowError):
                    extra["timestamp"] = parse_utc(submission.timestamp)
            self._book.update_or_create_submission(
                submission.assignment, submission.student, **extra
            )

    def record(self, assignment: Assignment, result: Result) -> None:
        """Write the automatic scores of one result."""
        name = assignment.name
        submitted = self._book.find_submission_notebook(name, name, result.student)
        scores = {score.id: score.score for score in result.scores}
        source = {cell.key: cell for cell in assignment.cells}
        blank = _untouched(result.notebook, source)
        for grade in submitted.grades:
            cell = source[self._cell_name(grade.cell_id)]
            if result.status == "failed" or cell.key in blank:
                grade.auto_score = 0.0
            elif cell.exercise:
                grade.auto_score = scores[cell.exercise.id]
            else:
                grade.auto_score = None
            manual = grade.manual_score is not None
            grade.needs_manual_grade = manual or grade.auto_score is None
        for comment in submitted.comments:
            unanswered = self._cell_name(comment.cell_id) in blank
            comment.auto_comment = "No response." if unanswered else None
        self._book.db.commit()
        self._penalise(submitted, result.student)

    def _penalise(self, submitted: SubmittedNotebook, student: str) -> None:
        """Apply the course's late-penalty plugin, as nbgrader's own step does."""
        step = AssignLatePenalties(config=self._config)
        submitted.late_submission_penalty = None
        late = submitted.assignment.total_seconds_late
        if late > 0:
            step.init_plugin()
            plugin: LateSubmissionPlugin = step.plugin_inst
            penalty = plugin.late_submission_penalty(student, submitted.score, late)
            if penalty is not None:
                penalty = step._check_late_penalty(submitted, penalty)
            submitted.late_submission_penalty = penalty
        self._book.db.commit()

    def _cell_name(self, cell_id: str) -> str:
        return str(self._book.db.get(BaseCell, cell_id).name)

    def manual_scores(self, assignment: str, student: str) -> dict[str, dict[str, Any]]:
        """Return what people entered, by grade id: score, extra credit, comment."""
        try:
            submitted = self._book.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return {}
        found = {
            self._cell_name(grade.cell_id): {
                "score": grade.manual_score,
                "max_score": grade.max_score,
                "pending": bool(grade.needs_manual_grade),
            }
            for grade in submitted.grades
        }
        for comment in submitted.comments:
            entry = found.setdefault(self._cell_name(comment.cell_id), {})
            entry["comment"] = comment.comment
        return found


def _untouched(notebook: Mapping[str, Any], source: Mapping[str, SourceCell]) -> set[str]:
    """Return the answer cells that still are as they were released."""
    found = set()
    for cell in notebook.get("cells", ()):
        key = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        known = source.get(key)
        if known and known.kind in ("solution", "manual"):
            if cell["source"].strip() == known.source.strip():
                found.add(key)
    return found


def _put_alembic_on_path() -> None:
    """Nbgrader runs `alembic` by name when it creates a database."""
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", "")
